//! Pages as mail programs write them, and as they must not be able to hurt.

use super::*;

fn text(html: &str) -> Vec<String> {
    lines(html, 1000).into_iter().filter(|l| !l.is_blank()).map(|l| l.text).collect()
}

#[test]
fn nothing_that_can_be_seen_is_lost() {
    assert_eq!(
        text("<p>One<br>two&nbsp;&amp; <b>thr</b>ee</p><div>four</div>"),
        ["One", "two & three", "four"]
    );
    assert_eq!(text("<ul><li>a<li>b</ul><ol start=3><li>c</li><li>d</ol>"), ["- a", "- b", "3. c", "4. d"]);
    assert_eq!(
        text("<table><tr><td>Mon</td><td>9:00</td></tr><tr><td>Tue<td>10:00</table>"),
        ["Mon\t9:00", "Tue\t10:00"]
    );
    assert_eq!(text("<pre>a\n  b\n</pre>c"), ["a", "b", "c"]);
    assert_eq!(
        text("5 < 6 and 7 > 3, <ann@mail.example> & co &unknown; &#8364;&#x20AC;&#128;"),
        ["5 < 6 and 7 > 3, <ann@mail.example> & co &unknown; €€€"]
    );
    assert_eq!(text("a <span title='x > y'>b</span> c <!-- no --> d <!-- open"), ["a b c d open"]);
    assert_eq!(text("<textarea>kept</textarea><noscript>kept</noscript>"), ["keptkept"]);
    assert_eq!(text("ok <img alt=\"😀\" src=x> <img alt=logo>"), ["ok 😀"]);
}

#[test]
fn what_cannot_be_seen_is_left_out() {
    let page = "<html><head><title>t</title><style>p{}</style></head><body>\
        <div style=\"display:none; color:red\">preheader<p>more</p></div><span style='MSO-HIDE: all'>x</span>\
        <div style='max-height:0;overflow:hidden'>y</div><script>if (a < b) {}</script>seen</body></html>";
    assert_eq!(text(page), ["seen"]);
}

#[test]
fn marks_reach_the_lines() {
    let page = "<div>mine</div><div class=\"gmail_quote\"><div class=\"gmail_attr\">On x wrote:<br></div>\
        <blockquote class=\"gmail_quote\">old</blockquote><div>again mine</div></div>";
    let found: Vec<_> = lines(page, 100).into_iter().filter(|l| !l.is_blank()).collect();
    assert_eq!(found.iter().map(|l| l.cited).collect::<Vec<_>>(), [false, false, true, false]);
    assert!(found[1].introduces && !found[2].introduces);
    let page = "<div>mine</div><hr><div id='x_divRplyFwdMsg'><b>From:</b> x</div><div>old</div>";
    let found: Vec<_> = lines(page, 100).into_iter().filter(|l| !l.is_blank()).collect();
    assert_eq!(found.iter().map(|l| l.cut).collect::<Vec<_>>(), [false, true, false]);
    assert!(
        lines("<blockquote>note</blockquote>", 9).iter().all(|l| !l.cited && (l.indented || l.is_blank()))
    );
}

#[test]
fn hostile_pages_take_time_in_proportion() {
    let deep = "<div>".repeat(50_000) + "x";
    assert_eq!(text(&deep), ["x"]);
    for piece in
        ["</b>", "<b", "<!--", "<a href=\"", "&", "<style>", "<", "<p>&amp;", "<td>", "<blockquote>x</div>"]
    {
        lines(&piece.repeat(30_000), 20_000);
    }
}
