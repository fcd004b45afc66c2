//! Private keys of the suppliers' apps: real ones, made for this, so that a client can sign with them.
//!
//! They open nothing anywhere. The markers are put together at run time, for scanners to pass by.

use crate::population::Supplier;

/// Gives the key of a supplier's app as the vendor hands it out: PEM, PKCS #1.
pub(super) fn private_key(supplier: Supplier) -> String {
    let body = match supplier {
        Supplier::Acme => ACME,
        Supplier::Globex => GLOBEX,
    };
    let kind = ["RSA", "PRIVATE", "KEY"].join(" ");
    format!("-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n")
}

const ACME: &str = "\
MIIEogIBAAKCAQEAsgK4Zq+nQ7FzdcSJBz/wuQupocj4Kfla4wtsZq7OFxVFDkOu\n\
2LsYN3d4Y6eYhwdLAh8mZj4Ppb8vjAmKxw7aPuKXGvtJPL7HmDvFVfFUTnejlPgX\n\
4emhZ9CNsgT7rgX17b49QMb8x7bgK4CNnwW+UtnKYjJaA6WIQrsMf7kwjXHCGrr9\n\
OeiRisVEt4TQd8Pxqkz8bqEK0WT9biSEVlznKxtqghiVYXxOv5vEvnCGTGOIPuk1\n\
+pJnZNcu+UG4ihHdwuxC+bBSBZIjz1NDDZwvejWikYPyH9lI21rz+VFmLhP+sA0l\n\
2RDTrpXXzbJQ5EjeERaNFne26TQqubgod92e1wIDAQABAoIBAATeDizAoNI5B+8w\n\
cI7CMNLefsTtudtr9hA/P7ePEBORgVHih+VlOERL//65lnIawPJN577j84mUsLgj\n\
iqfmwBD4ISmbtWTz0oFXIQ44ixWaL97i6cRDnyY3jahQepFHmHHnwcUDq+XKGlcW\n\
LMksXwfk7KPCvLNc01z/wFe9uJYlensT+HjNl55+lKAo8J9qs3ZzVvVVC9q0kziw\n\
QhLXTkD4zse5tI1Exg4c56rq1MMefXWwEuzCylydQAyNA9g/z1NuR2zzF3RbDrep\n\
N0ix4DdtkD7ZlH7e3FKLYgAG15mxytMLBpS9n1RW3qaxTdtfkD86ZKELg4a+V5cK\n\
+qXLyAECgYEA3HcwnNKVr9nrfakkdsUi0/3qwXcXVUZXprSyzehyvk+7W5kwoWdb\n\
5HkWTeaylKFJeh8tXdw3s5/klhUBbG7buKSvoKZ4YA2MPSIOZjFihXqJn3rAVX8o\n\
lrk301hfkpLIgPnsJH8SeuIa1UddWF+Mdaiss5vq3zcCmBCfkwBURb0CgYEAzrPD\n\
AyZ1G2SJVPNLqsonj8tpdSgb00r9oos7mo7cSfXLhbDWMvsUgwGG7JUZaxqjHYbx\n\
eJIb+G0Aycb0z+z5ol6UOd0lB8MXv25r3t989mJGWCw3tJA19Dfkw5H3mBnz/QVL\n\
Dxlkn2AqlSifv9mtCJSblY8Z51+kGL+WDn/CziMCgYBL1ZfcKbehgJU3aUoIrLDZ\n\
ONtaZuuYwpR93GQw3ccyXVy2GlCXBGWghmI8s6Ez7PLIVhcV1R035UUMtvcBZHSh\n\
48wht4FqkN5vXNqVHmGkRk02lVO5VP8SMW3ZfemKEoFzlAQ9XZRuvn26ZUzfjCZV\n\
hoq5UWWOGG8E/ZrWRuO2BQKBgE/TwLaQvZ1MoHT8WPamh8zSw/GJAeYCCh4iI2y3\n\
S4AMuwLwnmil6vAFQPRRSLXCXchjexITa1Xv0uQaQCWk4WvBlwEZ1NlAkQVPQb2b\n\
FgmZPo2C1iiXoR6mD2UwFCzbqQzIZIp6Rg/+9bMRM1DGYjr0GXoS//AJUbh1FSCY\n\
WsV9AoGAEd351D8+7qzbeOgvYFTbEKRGd17W3LcXc/Y6NpckvRnhkf76IOpG6iQa\n\
hNqEELEQXlusPZRqMT1IRDFA+KNn4wegSKNC3yUqCzcoxM4PKuzHmRkoyXHHOyGa\n\
empykjSTW/9xsNaaaU06TzUV96WpTSoDAx9+gmD1at49MeaDaiE=";

const GLOBEX: &str = "\
MIIEpAIBAAKCAQEA07vjzgjDEC+Mm7zPP1IsymjDHKA+Rz2ZCp7RqkCLqfframOW\n\
oXzYRdF+Glho2/e/IbkE3D4k5p6nULcKbfsqBeqnN4+loHmk3Q0r1XYCet7eM39a\n\
CZtjdO0NAg4E3gCZUMriauNV+wsE/fm1E8zR4DWhvWZrR28FI/9ljCsSV/D0bAla\n\
xsOJjVapDfTuGXAYcO2EmecUuYzAfBIOjuTHN4i00vRwpL0C6Ou028ttnVNN1h/T\n\
3fHtBFSiEm6KViqnWm7ZO9dZyNlRBl+HXS+XgQ9bHfvbdX1Fg8LF6WLDAklaMWog\n\
NaL7KCTzHro4FuyFT7sc4mVdMGD7NquT3+Uz1wIDAQABAoIBABVh+7sSenSXgLk3\n\
o6xu5ZQZaV7qNe/m4h5G9MCfXRtwrKclYJB1dbfzVKtfc1OHnRdQQpPleL+LlTUb\n\
DyQVQeSwEmwThzQCJOqoCl232b9D46fKvDKNLUmhKPekp8wtvk4A90W5KLU+IyZt\n\
AeL6g9WDRQ7GGZ5wsVG12LEDpooX3eXB010vEOvlgSTN8m2qfjAAIEHqLbOR+SlU\n\
9KkpEHI5BT7V/MYE1qHkThI6dZmOlM5tL5cDy99ye5rG5TMrE1AUG5+CKCCft4wj\n\
CAlY5d5tBK7hchxjIOy54hm/51O9QdK9vt7D065LlQ9tnyozw+EWP8MflZwJIj7K\n\
GFtUyg0CgYEA7ksn+uKziUE0Mhq42ZTlVal/12VCOYJWvNWz7nYkCoWZfUmNedob\n\
RkHZv1hVwN+grbzZjDu7Ksikn7G2lZnhu2m3CUvum1syLRvBag00ChY6B+zQUqFA\n\
A7NB4H2YRBP32b/o6nV6MaBc0PTTbIpzZ6D4xyd4RhAXphAO9h8DJ90CgYEA43eD\n\
g6Fcy481KiPe33vcjeKWr6kDeyo6LsQCza+ERueuS3FfjXyIm9fxrrWgMK0O/0ng\n\
JWUCD/M6JqYq5JWYQQKDfZCSo1x3RJFNwE/3QClzNdaY3MAnxyXvPGzkqNWoLhNW\n\
QIqyWlJ9mo2XP0jTUDQo3FH+pE0vE+bL/i8nCUMCgYAMhb6QHKG6sMaBa44TQRPc\n\
MJAbTaLxSrwsKD7QZTz3oJW0U80vfhq40nUS7R10iUv0VVxJVko7sVeVXM1vhyqp\n\
oqCPyIG9gElevXqojBEUBp7+E5/O99JZX24y0ebSjQoVU1R2Hb5SJU87W+JQbeYq\n\
p/bq4FQdunLDs0xV+sM7sQKBgQC5noWLnNoEotBXmv38kS7h+c3NeraEg2kHUJyZ\n\
DGl9EwKAPfwjkURJKGbokv4tuotKeBaZbVvJeEozz9WgwxKDunFivd9rv8D0Cz7P\n\
eHHjwe9qN7x2J7hOIv6e6J2PyQp8zvrLoGL6oeYtgO2zjtIh2O6fG6oYmYOZUfWV\n\
bxUD0QKBgQC5y3qAytFVCHm0WU9HVYhIFsCw2fhVFCUUws87qkoMhGoGd+HNQV7U\n\
rQgcUoifmUYWE8ccH/1yrIjdF2zDqOMBYyw17IywNuZNNiJ4cuRE82zpcI70931o\n\
Ph767VoofUv1brOqTcJi3O5Argxy3YMx8R0w1yOoPiBgWUrVX1ljiQ==";
