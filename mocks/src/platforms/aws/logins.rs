//! What else a user can have: console password, service credentials, SSH keys, certificates, MFA.

use serde_json::{Value, json};

use super::answers::stamp;
use super::iam::{Call, Made};
use super::{Aws, CERTIFICATE, MFA, PASSWORD, SERVICE, SSH_KEY, USER};
use crate::http::Response;
use crate::identity::{Cause, Credential, Key};
use crate::population::{ALNUM, UPPER};

impl Aws {
    /// Tells whether there is a console password: the console itself cannot be probed safely.
    pub(super) fn get_login(&self, call: &Call<'_>) -> Made {
        let user = self.named(USER, "UserName", call)?;
        let key = self.login(&user.id, &user.login, call)?;
        let password = self.kernel.credential(key);
        Ok(json!({"LoginProfile": {
            "UserName": user.login,
            "CreateDate": stamp(password.created),
            "PasswordResetRequired": password.text("reset") == "true",
        }}))
    }

    pub(super) fn create_login(&mut self, call: &Call<'_>) -> Made {
        let user = self.named(USER, "UserName", call)?;
        if self.login(&user.id, &user.login, call).is_ok() {
            let why = format!("Login Profile for user {} already exists.", user.login);
            return Err(call.fail(409, "EntityAlreadyExists", &why));
        }
        let password = Credential::new(PASSWORD, &user.id, &call.required("Password")?);
        let reset = call.param("PasswordResetRequired").unwrap_or_else(|| "false".into());
        self.kernel.issue(password.of(&user.id).with("reset", reset), call.now);
        self.get_login(call)
    }

    /// Resets a password. Keys, service credentials and sessions go on.
    pub(super) fn update_login(&mut self, call: &Call<'_>) -> Made {
        let user = self.named(USER, "UserName", call)?;
        let key = self.login(&user.id, &user.login, call)?;
        if let Some(reset) = call.param("PasswordResetRequired") {
            self.kernel.credential_mut(key).data.insert("reset".into(), reset.into());
        }
        if let Some(password) = call.param("Password") {
            self.kernel.replace_secret(PASSWORD, &user.id, &password, call.now);
        }
        Ok(Value::Null)
    }

    /// Deletes the password, and only the password: the API's own page warns of the keys.
    pub(super) fn delete_login(&mut self, call: &Call<'_>) -> Made {
        let user = self.named(USER, "UserName", call)?;
        let key = self.login(&user.id, &user.login, call)?;
        self.delete(key, call.now);
        Ok(Value::Null)
    }

    /// Changes the caller's own password. The refusal's code for a wrong old one is unconfirmed.
    pub(super) fn change_password(&mut self, call: &Call<'_>) -> Made {
        let user = self.named(USER, "UserName", call)?;
        let (old, new) = (call.required("OldPassword")?, call.required("NewPassword")?);
        self.login(&user.id, &user.login, call)?;
        if self.kernel.authenticate_as(PASSWORD, &user.id, &old, call.now).is_err() {
            return Err(call.fail(403, "AccessDenied", "The old password was incorrect."));
        }
        self.kernel.replace_secret(PASSWORD, &user.id, &new, call.now);
        Ok(Value::Null)
    }

    fn login(&self, user: &str, name: &str, call: &Call<'_>) -> Result<Key, Response> {
        let found = self.listed(PASSWORD, call.now, |c| c.is_of(user));
        found.last().copied().ok_or_else(|| call.missing("Login Profile for User", name))
    }

    /// Answers the actions on the lesser kinds of credential, which are all alike.
    pub(super) fn side_credential(&mut self, action: &str, call: &Call<'_>) -> Option<Made> {
        let made = match action {
            "ListServiceSpecificCredentials" => {
                self.list_side(SERVICE, "ServiceSpecificCredentials", call)
            }
            "ListSSHPublicKeys" => self.list_side(SSH_KEY, "SSHPublicKeys", call),
            "ListSigningCertificates" => self.list_side(CERTIFICATE, "Certificates", call),
            "ListMFADevices" => self.list_side(MFA, "MFADevices", call),
            "CreateServiceSpecificCredential" => self.create_service(call),
            "UpdateServiceSpecificCredential" => self.update_side(SERVICE, call),
            "UpdateSSHPublicKey" => self.update_side(SSH_KEY, call),
            "UpdateSigningCertificate" => self.update_side(CERTIFICATE, call),
            "DeleteServiceSpecificCredential" => self.delete_side(SERVICE, call),
            "DeleteSSHPublicKey" => self.delete_side(SSH_KEY, call),
            "DeleteSigningCertificate" => self.delete_side(CERTIFICATE, call),
            "DeactivateMFADevice" => self.delete_side(MFA, call),
            _ => return None,
        };
        Some(made)
    }

    fn list_side(&self, kind: &'static str, name: &str, call: &Call<'_>) -> Made {
        let user = self.named(USER, "UserName", call)?;
        let keys = self.listed(kind, call.now, |c| c.is_of(&user.id));
        let items = keys.into_iter().map(|key| self.side(kind, key, &user.login)).collect();
        // Service-specific credentials are the one listing without pages.
        if kind == SERVICE {
            Ok(json!({name: items}))
        } else {
            Ok(call.page(name, id_of(kind), items))
        }
    }

    fn side(&self, kind: &'static str, key: Key, user: &str) -> Value {
        let credential = self.kernel.credential(key);
        let mut body = json!({"UserName": user, id_of(kind): credential.id});
        if kind == MFA {
            body["EnableDate"] = stamp(credential.created).into();
            return body;
        }
        body["Status"] = credential.text("status").into();
        if kind == SERVICE {
            body["ServiceName"] = credential.text("service").into();
            body["ServiceUserName"] = credential.text("user_name").into();
            body["CreateDate"] = stamp(credential.created).into();
        } else {
            body["UploadDate"] = stamp(credential.created).into();
        }
        if kind == CERTIFICATE {
            body["CertificateBody"] = "-----BEGIN CERTIFICATE-----".into();
        }
        body
    }

    fn create_service(&mut self, call: &Call<'_>) -> Made {
        let user = self.named(USER, "UserName", call)?;
        let service = call.required("ServiceName")?;
        let alike = |c: &Credential| c.is_of(&user.id) && c.text("service") == service;
        if self.listed(SERVICE, call.now, alike).len() >= 2 {
            return Err(call.fail(409, "LimitExceeded", "Cannot exceed quota: 2"));
        }
        let id = self.kernel.fresh("ACCA", 17, UPPER);
        let password = self.kernel.fresh("", 44, ALNUM);
        let name = format!("{}+{}-at-{}", user.login, id.len(), super::ACCOUNT);
        let credential = Credential::new(SERVICE, &id, &password)
            .of(&user.id)
            .with("service", service)
            .with("user_name", name)
            .with("status", "Active");
        let key = self.kernel.issue(credential, call.now);
        let mut body = self.side(SERVICE, key, &user.login);
        body["ServicePassword"] = password.into();
        Ok(json!({"ServiceSpecificCredential": body}))
    }

    fn update_side(&mut self, kind: &'static str, call: &Call<'_>) -> Made {
        let key = self.own_side(kind, call)?;
        let status = call.required("Status")?;
        let on = status == "Active";
        self.kernel.set_enabled(key, on, call.now);
        if on || !self.kernel.spares(Cause::Action) {
            self.kernel.credential_mut(key).data.insert("status".into(), status.into());
        }
        Ok(Value::Null)
    }

    fn delete_side(&mut self, kind: &'static str, call: &Call<'_>) -> Made {
        let key = self.own_side(kind, call)?;
        self.delete(key, call.now);
        Ok(Value::Null)
    }

    fn own_side(&self, kind: &'static str, call: &Call<'_>) -> Result<Key, Response> {
        let user = self.named(USER, "UserName", call)?;
        let id = call.required(id_of(kind))?;
        let found = self.listed(kind, call.now, |c| c.id == id && c.is_of(&user.id));
        found.last().copied().ok_or_else(|| call.missing(kind, &id))
    }
}

fn id_of(kind: &str) -> &'static str {
    match kind {
        SERVICE => "ServiceSpecificCredentialId",
        SSH_KEY => "SSHPublicKeyId",
        CERTIFICATE => "CertificateId",
        _ => "SerialNumber",
    }
}
