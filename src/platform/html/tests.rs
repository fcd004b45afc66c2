use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

fn shown(source: &str) -> String {
    Page::read(source).text().trim().to_owned()
}

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn what_a_page_shows_is_its_text_with_single_blanks() {
    assert_eq!(
        shown("<p>Signed in as\n <b>maya</b>.</p><ul><li>A<li>B</ul>"),
        "Signed in as maya. A B"
    );
    assert_eq!(shown("a&amp;b &lt;i&gt; &eacute;&#x41;"), "a&b <i> éA");
    assert_eq!(shown("<p>one<p hidden>two<p>three"), "one three");
}

#[test]
fn a_name_in_a_script_comment_attribute_or_hidden_part_is_not_shown() {
    for page in [
        "<script>user = 'maya'</script>",
        "<script><!-- <script>maya</script> --></script>",
        "<style>.maya{}</style>",
        "<!-- maya -->",
        "<!-- <p>maya</p> -- >maya-->",
        "<input name=user value=maya>",
        "<img alt=maya title='maya'>",
        "<a href='/u/maya'>profile</a>",
        "<template><p>maya</p></template>",
        "<noscript>maya</noscript>",
        "<select><option>maya<option>sam</select>",
        "<datalist><option>maya</option></datalist>",
        "<textarea>maya</textarea>",
        "<div hidden>maya</div>",
        "<div hidden><div>x</div>maya</div>",
        "<div style='DISPLAY : none'><b>maya</b></div>",
        "<dialog>maya</dialog>",
        "<svg><text>maya</text></svg>",
        "<iframe>maya</iframe>",
        "<title>maya</title>",
        "<script>maya",
        "<!--maya",
        "<div hidden>maya",
        "<p title=\"maya",
    ] {
        assert!(!shown(page).contains("maya"), "{page}");
    }
    assert_eq!(shown("<div hidden>a<div>b</div></div>maya"), "maya");
    assert_eq!(shown("<script>a</script>maya"), "maya");
}

#[test]
fn words_do_not_run_together_over_blocks_and_do_over_inline_elements() {
    assert_eq!(shown("<td>maya</td><td>2</td>"), "maya 2");
    assert_eq!(shown("<b>maya</b><i>2</i>"), "maya2");
}

#[test]
fn the_text_of_an_element_is_found_by_its_id() {
    let page = Page::read(
        "<div id=a>x <span id=b>maya</span> y</div><i id=c>1</i><i id=c>2</i><p id=d>e<p>f<b hidden id=g>h</b>",
    );
    assert_eq!(page.of_id("a"), Some("x maya y"));
    assert_eq!(page.of_id("b"), Some("maya"));
    assert_eq!(page.of_id("c"), None, "two of one id");
    assert_eq!(page.of_id("d"), Some("e"));
    assert_eq!(page.of_id("g"), None, "not shown");
    let long = format!("<p id=a>{}</p>", "x".repeat(5_000));
    assert_eq!(Page::read(&long).of_id("a"), None);
}

#[test]
fn a_form_is_found_by_the_input_to_fill_in_and_carries_its_hidden_inputs() {
    let page = Page::read(
        r#"<form action=/search><input name=q><input type=hidden name=csrf value=wrong></form>
        <form action="/in?x=1&amp;y=2" id=login>
          <input type="HIDDEN" name="csrfmiddlewaretoken" value="a&quot;b">
          <input type=hidden name=next value=/home><input type=hidden name=next value=/other>
          <input type=hidden name=off value=x disabled><input type=hidden value=nameless>
          <input name=username><input type=password name=password>
        </form>
        <input type=hidden name=late value=1 form=login><input type=hidden name=stray value=1>"#,
    );
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        page.form_with("password").unwrap(),
        Submission {
            action: "/in?x=1&y=2".into(),
            hidden: vec![
                pair("csrfmiddlewaretoken", "a\"b"),
                pair("next", "/home"),
                pair("next", "/other"),
                pair("late", "1"),
            ],
        }
    );
    assert_eq!(page.form_with("otp"), Err(NoForm::Missing));
    assert_eq!(page.form_with("next"), Err(NoForm::Missing), "hidden, so not to fill in");
}

#[test]
fn two_forms_with_the_input_or_an_input_without_a_form_are_not_guessed_at() {
    let twice = "<form><input name=password></form><form><input name=password></form>";
    assert_eq!(Page::read(twice).form_with("password"), Err(NoForm::Several));
    assert_eq!(Page::read("<input name=password>").form_with("password"), Err(NoForm::Missing));
    let in_template = "<template><form><input name=password></form></template>";
    assert_eq!(Page::read(in_template).form_with("password"), Err(NoForm::Missing));
    let in_comment = "<!-- <form><input name=password></form> -->";
    assert_eq!(Page::read(in_comment).form_with("password"), Err(NoForm::Missing));
    // A form in a form is none: its inputs are the outer one's.
    let nested = "<form action=/a><form action=/b><input name=password></form>";
    assert_eq!(Page::read(nested).form_with("password").unwrap().action, "/a");
}

#[test]
fn an_input_is_captured_by_the_first_known_name_and_never_where_two_differ() {
    let known = names(&["csrfmiddlewaretoken", "authenticity_token", "_token"]);
    let page = Page::read("<input name=_token value=a><input name=authenticity_token value=b>");
    assert_eq!(page.input(&known).as_deref(), Some("b"));
    let twice = Page::read("<input name=_token value=a><input name=_token value=a>");
    assert_eq!(twice.input(&known).as_deref(), Some("a"));
    let torn = Page::read("<input name=_token value=a><input name=_token value=b>");
    assert_eq!(torn.input(&known), None);
    let meta = Page::read("<meta name=csrf-token content=c><meta name=viewport content=x>");
    assert_eq!(meta.meta(&names(&["csrf-token"])).as_deref(), Some("c"));
}

#[test]
fn the_tree_counts_what_a_login_page_has() {
    let page = Page::read(
        "<title> Sign in </title><form><input name=u value=maya><input type=password name=p></form>",
    );
    let tree = page.tree();
    assert_eq!(tree["title"], "Sign in");
    assert_eq!(tree["passwords"], 1);
    assert_eq!(tree["forms"], 1);
    assert_eq!(tree["inputs"]["u"], "maya");
    assert_eq!(tree["inputs"]["p"], "");
    assert_eq!(tree["inputs"].get("otp"), None);
}

/// Half a mebibyte is the most that is read of an answer.
#[test]
fn a_hostile_page_of_the_greatest_length_is_read_in_time() {
    let fill = |part: &str| part.repeat(512 * 1024 / part.len());
    let began = Instant::now();
    for part in [
        "<div>",
        "<div hidden>",
        "<b><i>",
        "<div id=x>",
        "</div>",
        "<form><input name=p>",
        "<p id=a>",
        "<input name=a value=b>",
        "&amp;",
        "&#x",
        "<!--",
        "<script>",
        "<",
        "<a a a a a a",
        "<table><tr><td>",
        "<meta name=a content=b>",
        "\0",
    ] {
        Page::read(&fill(part)).tree();
    }
    let ids: String = (0..20_000).map(|n| format!("<div id=i{n}>x")).collect();
    Page::read(&ids).tree();
    let attributes: String = (0..40_000).map(|n| format!(" a{n}=x")).collect();
    Page::read(&format!("<div{attributes}>")).tree();
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
}

proptest! {
    #[test]
    fn any_text_is_a_page(source in ".{0,200}") {
        Page::read(&source).tree();
    }

    /// Whatever stands around it: no attribute, comment or script becomes text.
    #[test]
    fn tag_soup_never_shows_what_stands_in_attributes(
        parts in proptest::collection::vec(
            prop::sample::select(vec![
                "<div", ">", "</div>", "<p>", "<b hidden>", "</b>", "<form>", "<input", "/>", "<!--x-->",
                "<script>1</script>", "<table>", "<li>", "text ", "&lt;", "<option>", "</p>", "<br>",
            ]),
            0..30,
        ),
    ) {
        let soup: String = parts.concat();
        let page = format!("{soup}><i title=\"maya\" data-x='maya'></i><!--maya--><script>maya</script>");
        // An open tag or quote of the soup may swallow what follows, but nothing turns it into text.
        prop_assert!(!shown(&page).contains("maya"), "{page}");
    }
}
