//! Texts that act where they are not kept from it: on a terminal, in a page, in Markdown, in a build log,
//! in a sheet, in XML.

/// One text each. Its mark, `zq` and three digits, tells it apart in whatever it was made into.
pub(crate) const PAYLOADS: [&str; 60] = [
    // Terminals: colours, clearing, titles, links, the clipboard, C1 controls, answers to questions.
    "\u{1b}[31mred\u{1b}[0m",
    "\u{1b}[2J\u{1b}[Hwiped",
    "\u{1b}]0;title\u{7}",
    "\u{1b}]8;;http://127.0.0.1:9/\u{1b}\\link\u{1b}]8;;\u{1b}\\",
    "\u{1b}]52;c;cm0gLXJmIH4=\u{7}",
    "\u{9b}31mred",
    "\u{9d}52;c;cm0gLXJmIH4=\u{9c}",
    "\u{1b}P+q544e\u{1b}\\\u{1b}[c",
    "over\u{8}\u{8}\u{8}\u{8}write\u{7f}",
    "survivor\rholds    ",
    "a\u{b}b\u{c}c\u{85}d",
    // Pages.
    "<script>document.title='owned'</script>",
    "</title></style></script><script src=//127.0.0.1:9/x></script>",
    "\"><img src=x onerror=document.title='owned'>",
    "' onmouseover='document.title=1' autofocus onfocus=a() x='",
    "<svg/onload=document.title='owned'>",
    "<iframe srcdoc='<script>parent.document.title=1</script>'></iframe>",
    "<style>@import url(http://127.0.0.1:9/x)</style><link rel=stylesheet href=//127.0.0.1:9/y>",
    "<base href=http://127.0.0.1:9/><form action=http://127.0.0.1:9/><input type=submit>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>",
    "<!-- --!><b>&lt;script&gt;&amp;#60;&#x3c;",
    "<![CDATA[x]]>]]><?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>&b;",
    "</details></table></div></section></main><plaintext>",
    "javascript:document.title='owned'",
    // Markdown.
    "a | b | c\n|---|---|---|\n| d | e | f |",
    "[link](http://127.0.0.1:9/) ![image](http://127.0.0.1:9/i.png)",
    "[ref]: http://127.0.0.1:9/ 'title'\n[ref] [^1] [x] [ ]",
    "<http://127.0.0.1:9/> http://127.0.0.1:9/ www.b.example mailto:a@b.example a@b.example",
    "\n\n# heading\n## heading\nheading\n=====",
    "\n\n```sh\nrm -rf /\n```\n~~~\n",
    "    code\n\ttab",
    "**bold** __bold__ *i* _i_ ~~gone~~ `code` ``c`` \\*",
    "- item\n* item\n+ item\n1. item\n> quote\n---\n***",
    "- [ ] task\n- [x] task",
    "7) seven",
    "+ plus",
    "$$\\int$$ $x$ :boom: @team/all #12 GH-12",
    "<details><summary>x</summary></details><div align=\"center\">",
    "[//]: # (x)\n[![a](b)](c)",
    // Workflows.
    "::set-output name=a::b",
    "  ::error file=a,line=1::x",
    "x\n::add-mask::holds",
    "x\r::stop-commands::y",
    "x\u{2028}::warning::y\u{2029}::notice::z\u{85}::debug::w",
    "##[error]x ##[add-mask]holds ##vso[task.complete result=Succeeded] ##teamcity[x]",
    "::group::x\n::endgroup::",
    // Sheets.
    "=1+1",
    "=HYPERLINK(\"http://127.0.0.1:9/\",\"x\")",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "  =cmd|' /C calc'!A0",
    "a,\"b\";c\t=1\n=2",
    // Readers: direction, hidden characters, what is no XML.
    "user\u{202e}gpj.exe\u{202c}\u{202a}\u{202b}\u{202d}",
    "a\u{2066}b\u{2067}c\u{2068}d\u{2069}\u{200e}\u{200f}\u{61c}",
    "ze\u{200b}ro\u{200c}wi\u{200d}dth\u{2060}\u{feff}\u{ad}\u{3164}\u{e0041}",
    "nul\0x\u{1}\u{1f}\u{fffe}\u{ffff}\u{fffd}",
    "{{7*7}} ${7*7} #{7*7} %n%s%p ../../etc/passwd",
    "'; DROP TABLE runs; --",
];

/// The mark of a payload.
pub(crate) fn mark(number: usize) -> String {
    format!("zq{number:03}")
}

/// A payload and its mark.
pub(crate) fn marked(number: usize) -> String {
    format!("{}{}", PAYLOADS[number], mark(number))
}

/// All of them, marked.
pub(crate) fn all() -> Vec<String> {
    (0..PAYLOADS.len()).map(marked).collect()
}

/// A line longer than anybody reads.
pub(crate) fn long() -> String {
    "\u{1b}[7mlong".repeat(10_000)
}

/// Those that stand on one line of a feature, as one text.
pub(crate) fn one_line() -> String {
    let breaks = |text: &String| text.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']);
    let lines: Vec<String> = all().into_iter().filter(|text| !breaks(text)).collect();
    assert!(lines.len() > 40);
    lines.join(" ")
}

/// As a YAML scalar between double quotes.
pub(crate) fn yaml(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            ' '..='~' => quoted.push(character),
            _ => quoted.push_str(&format!("\\U{:08x}", u32::from(character))),
        }
    }
    quoted + "\""
}

/// Whether a character must stand in no output whatsoever, save for `\n`.
pub(crate) fn acts(character: char) -> bool {
    let hidden = "\u{ad}\u{61c}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202b}\
                  \u{202c}\u{202d}\u{202e}\u{2060}\u{2066}\u{2067}\u{2068}\u{2069}\u{3164}\u{feff}\
                  \u{fffe}\u{ffff}\u{e0041}";
    (character.is_control() && character != '\n') || hidden.contains(character)
}

/// Demands that a text does nothing on a terminal or in a build log.
pub(crate) fn demand_quiet(place: &str, text: &str) {
    for (number, line) in text.split('\n').enumerate() {
        if let Some(character) = line.chars().find(|character| acts(*character)) {
            panic!("{place}:{}: {character:?} in {:.300}", number + 1, line);
        }
        let start = line.trim_start();
        assert!(!start.starts_with("::"), "{place}:{}: {line:.300}", number + 1);
        for old in ["##[", "##vso[", "##teamcity["] {
            assert!(!line.contains(old), "{place}:{}: {line:.300}", number + 1);
        }
    }
}
