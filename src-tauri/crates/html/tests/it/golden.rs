//! What a mail's page becomes, case by case.

use postroom_html::{SanitiseOptions, sanitise};

use crate::strict::assert_safe;

#[track_caller]
fn check(html: &str, expected: &str) {
    let options = SanitiseOptions {
        part_url: &|id| (id == "logo@x").then(|| "mail://localhost/t/part/3".to_owned()),
        remote_url: None,
    };
    let safe = sanitise(html, &options).unwrap();
    assert_safe(&safe.html);
    let inner = safe.html.strip_prefix("<div class=\"mail\">").and_then(|html| html.strip_suffix("</div>"));
    assert_eq!(inner.unwrap_or(&safe.html), expected);
}

#[test]
fn looks_stay() {
    check("<p align=center>Hi <b>there</b></p>", "<p align=\"center\">Hi <b>there</b></p>");
    check("<body bgcolor=#eeeeee text=red><p>x", "<div bgcolor=\"#eeeeee\"><p>x</p></div>");
    check("<td style=\"color: #333; position:fixed\">x", "x");
    check(
        "<table width=600><tr><td style=\"color: #333; position:fixed\">x</table>",
        "<table width=\"600\"><tbody><tr><td style=\"color:#333\">x</td></tr></tbody></table>",
    );
    check("中文 &amp; &lt;b&gt; &nbsp;é", "中文 &amp; &lt;b&gt; &nbsp;é");
    check("1 < 2 && a<3", "1 &lt; 2 &amp;&amp; a&lt;3");
}

#[test]
fn style_sheets_are_scoped() {
    check(
        "<head><style>p.MsoNormal{margin:0cm;font-size:11.0pt}</style></head><p class=MsoNormal>x",
        "<style>.mail p.MsoNormal{margin:0cm;font-size:11.0pt}</style><div class=\"mail\"><p class=\"MsoNormal\">x</p></div>",
    );
}

#[test]
fn what_runs_or_loads_goes() {
    check("a<script>alert(1)</script>b<img src=x onerror=alert(1)>c", "abc");
    check("<svg><script>alert(1)</script></svg>x<math><mi>y</mi></math>z", "xz");
    check("<svg onload=alert(1)>a<div>b", "<div>b</div>");
    check("<link rel=preconnect href=//e.example><meta http-equiv=refresh content=0><base href=//e.example>x", "x");
    check("<form action=//e.example><input value=1><button>go</button></form>", "go");
    check("<iframe src=//e.example>y</iframe><object data=x>z</object><video poster=x><source src=y></video>", "z");
    // Parsed as if scripts were off, as they are: the markup is a value. No mail's text can end it.
    let noscript = "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>";
    let safe = sanitise(noscript, &SanitiseOptions::NOTHING).unwrap();
    assert!(!safe.html.contains("<img") && safe.html.contains("<p title="), "{}", safe.html);
    check("<!--[if mso]><p>x</p><![endif]-->y<!-->z-->", "yz--&gt;");
}

#[test]
fn links_are_web_and_mail_only() {
    let rel = "target=\"_blank\" rel=\"noopener noreferrer nofollow\"";
    for (href, kept) in [
        ("https://example.com/?a=1&amp;b=2", Some("https://example.com/?a=1&amp;b=2")),
        ("mailto:a@example.com", Some("mailto:a@example.com")),
        ("javascript:alert(1)", None),
        ("java&#10;script:alert(1)", None),
        ("&#106;avascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//evil.example/x", None),
        ("\\\\evil.example\\share", None),
        ("file:///etc/passwd", None),
        ("cid:x", None),
        ("#here", Some("#m-here")),
        ("#a b", None),
        ("#", None),
    ] {
        let safe = sanitise(&format!("<a href=\"{href}\">x</a>"), &SanitiseOptions::NOTHING).unwrap();
        assert_safe(&safe.html);
        assert_eq!(safe.html.contains("href"), kept.is_some(), "{}", safe.html);
        assert!(safe.html.contains(">x</a>"), "{}", safe.html);
        if let Some(kept) = kept {
            assert!(safe.html.contains(&format!("href=\"{kept}\"")), "{}", safe.html);
            let leaves = !kept.starts_with('#');
            assert_eq!(rel.split(' ').all(|word| safe.html.contains(word)), leaves, "{}", safe.html);
        }
    }
}

#[test]
fn pictures_of_the_mail_are_resolved() {
    check("<img src=\"cid:logo@x\" width=10>", "<img width=\"10\" src=\"mail://localhost/t/part/3\">");
    check("<img src=\"CID:logo%40x\">", "<img src=\"mail://localhost/t/part/3\">");
    check("<img src=\"cid:other\" alt=\"the logo\">", "<span class=\"missing-picture\">the logo</span>");
    check("<img src=\"data:image/png;base64,AA==\">", "<img src=\"data:image/png;base64,AA==\">");
    check("<img src=\"data:image/svg+xml;base64,AA==\"><img src=\"//\\x\"><img src=file:///x>", "");
}

#[test]
fn remote_pictures_are_listed() {
    let html = "<img src=\"https://a.example/x.png?u=1&amp;v=2\" width=600 height=80><img src='http://a.example/p' width=1 height=1>\
                <img src=\"https://a.example/x.png?u=1&v=2\"><img src='https://b.example/y' style='display:none'>\
                <img src=https://t.example/wf/open?upn=1>";
    let blocked = sanitise(html, &SanitiseOptions::NOTHING).unwrap();
    assert_safe(&blocked.html);
    let listed: Vec<_> = blocked.remote.iter().map(|picture| (picture.url.as_str(), picture.tracker)).collect();
    assert_eq!(
        listed,
        [
            ("https://a.example/x.png?u=1&v=2", false),
            ("http://a.example/p", true),
            ("https://b.example/y", true),
            ("https://t.example/wf/open?upn=1", true),
        ]
    );
    assert!(!blocked.html.contains("example"), "{}", blocked.html);
    assert!(
        blocked.html.contains("width=\"600\" height=\"80\"") || blocked.html.contains("height=\"80\" width=\"600\"")
    );
    assert_eq!(blocked.html.matches("data-remote=\"0\"").count(), 2);
    let remote_url = |index| format!("mail://localhost/t/remote/{index}");
    let shown = sanitise(html, &SanitiseOptions { remote_url: Some(&remote_url), ..SanitiseOptions::NOTHING }).unwrap();
    assert_safe(&shown.html);
    assert_eq!(shown.html.matches("mail://localhost/t/remote/0").count(), 2);
    assert_eq!(shown.html.matches("<img").count(), 2);
    assert_eq!(shown.remote, blocked.remote);
}

#[test]
fn colours_are_noticed() {
    let sets = |html: &str| sanitise(html, &SanitiseOptions::NOTHING).unwrap().sets_colours;
    assert!(
        sets("<p style='color:#123456'>x")
            && sets("<table bgcolor=white></table>")
            && sets("<style>p{background:#fff}</style>x")
    );
    assert!(!sets("<p style='margin:1px'>x</p>") && !sets("plain"));
    assert!(
        sanitise("<style>@media (prefers-color-scheme: dark){p{color:#fff}}</style>", &SanitiseOptions::NOTHING)
            .unwrap()
            .has_own_dark
    );
}

#[test]
fn places_of_the_mail_are_reached_by_names_of_their_own() {
    check(
        "<a href=\"#one\">go</a><a name=one>1</a><h2 id=\"zwei.2\">2</h2><p id='a b'>3</p><img name=cookie src=x>",
        "<a href=\"#m-one\">go</a><a id=\"m-one\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">1</a><h2 id=\"m-zwei.2\">2</h2><p>3</p>",
    );
}

#[test]
fn pictures_of_backgrounds_are_remote_pictures_too() {
    let html = "<style>.hero{background:#eee url('https://a.example/hero.png') center}</style><body background=https://a.example/b.png>\
                <table background='https://a.example/t.png' style='color:red'><tr><td style=\"background-image:url(cid:logo@x);padding:1px\">x</td>\
                <td style='background:url(https://a.example/t.png)'>y</td><td style='background:url(https://mailtrack.io/x)'>z</td></tr></table>";
    let parts = |id: &str| (id == "logo@x").then(|| "mail://localhost/t/part/3".to_owned());
    let blocked = sanitise(html, &SanitiseOptions { part_url: &parts, remote_url: None }).unwrap();
    assert_safe(&blocked.html);
    let listed: Vec<_> = blocked.remote.iter().map(|picture| (picture.url.as_str(), picture.tracker)).collect();
    assert_eq!(
        listed,
        [
            ("https://a.example/hero.png", false),
            ("https://a.example/b.png", false),
            ("https://a.example/t.png", false),
            ("https://mailtrack.io/x", true),
        ]
    );
    assert!(!blocked.html.contains("example") && blocked.html.contains(".mail .hero{background:#eee   center}"));
    assert!(blocked.html.contains("padding:1px;background-image:url('mail://localhost/t/part/3')"), "{}", blocked.html);

    let remote_url = |index| format!("mail://localhost/t/remote/{index}");
    let shown = sanitise(html, &SanitiseOptions { part_url: &parts, remote_url: Some(&remote_url) }).unwrap();
    assert_safe(&shown.html);
    assert_eq!(shown.remote, blocked.remote);
    assert!(shown.html.contains(".hero{background:#eee   center;background-image:url('mail://localhost/t/remote/0')}"));
    assert!(shown.html.contains("color:red;background-image:url('mail://localhost/t/remote/2')"), "{}", shown.html);
    assert_eq!(shown.html.matches("/remote/2'").count(), 2);
    assert_eq!(shown.html.matches("/remote/3").count(), 0);
    // It is the whole of the address that is written, whatever that holds.
    let odd = "<p style=\"background:url(https://a.example/');position:fixed;x:url('y)\">x</p>";
    assert_safe(&sanitise(odd, &SanitiseOptions { part_url: &parts, remote_url: Some(&remote_url) }).unwrap().html);
}
