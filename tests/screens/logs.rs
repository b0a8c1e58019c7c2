//! The Logs screen: one stream out of many, and how it is read.

use std::time::Duration;

use crossterm::event::Event as Raw;
use insta::assert_snapshot;
use quarterdeck::app::event::{Effect, Event};
use quarterdeck::app::logs::StreamId;
use quarterdeck::app::logs::order::{Item, News, Order};
use quarterdeck::app::logs::saving::SaveId;
use quarterdeck::model::fault::{Fault, FaultKind};
use quarterdeck::model::log::buffer::Bounds;
use quarterdeck::model::log::feed::{Feed, Streaming};
use quarterdeck::model::log::line::NewLine;
use quarterdeck::model::log::note::Loss;
use quarterdeck::model::log::source::State;
use quarterdeck::model::safe_text::safe;

use crate::support::lines::{
    PROXY, WEB, WEB_2, WHOLE, ago, bounded, counted, follows, is, line, live, missing, opened, sources, tell, with,
};
use crate::support::stage::Stage;

/// Sizes at which the screen is looked at.
const SIZES: [(u16, u16); 3] = [(80, 24), (140, 42), (200, 60)];

/// The lines among the rows of the screen that hold this, without what stands before their text.
fn shown(stage: &Stage, part: &str) -> Vec<String> {
    stage.lines_with(part).into_iter().map(|line| line[line.find(part).unwrap()..].to_owned()).collect()
}

/// A stream in which much happens, during a deploy.
fn busy(width: u16, height: u16) -> Stage {
    let mut lines: Vec<NewLine> = (0..120)
        .map(|number| {
            line(if number % 3 == 0 { WEB_2 } else { WEB }, 500_000 - number * 4_000, format!("INFO request handled id={number:04x}"))
        })
        .collect();
    lines.extend([
        line(PROXY, 21_000, r#"10.0.0.7 - - [2022-11-13T02:56:39Z] "GET /login HTTP/1.1" 503 1208 "-" "curl/8""#),
        line(WEB, 20_000, r#"{"time":"2022-11-13T02:56:40Z","level":"error","msg":"connection refused by database","path":"/login"}"#),
        line(WEB_2, 19_000, "2022-11-13T02:56:41Z WARN pool is nearly used up: 48 of 50"),
        line(WEB, 18_000, "\x1b[2m02:56:42\x1b[0m \x1b[32mINFO\x1b[0m coloured by the application"),
        line(WEB_2, 17_000, "DEBUG a detail that nobody needs"),
        line(WEB, 16_000, "ERROR upstream timeout after 30 s"),
    ]);
    let (mut stage, followed) = with(width, height, lines);
    let told = vec![
        live(vec![line(WEB, 60_000, "INFO it came late")]),
        missing(1, Loss::Sampled, (15_000, 12_000), Some(412), false),
        missing(2, Loss::Disconnected, (11_000, 7_800), None, true),
        is(
            &[WHOLE, WEB, WEB_2, PROXY],
            State::Polling { every: Duration::from_secs(2), why: "live tails are denied to this identity".into() },
        ),
        live(vec![line(WEB_2, 5_000, "INFO request handled after all of it")]),
    ];
    tell(&mut stage, &followed, told);
    stage
}

#[test]
fn a_stream_in_a_deploy() {
    for (width, height) in SIZES {
        let stage = busy(width, height);
        assert_snapshot!(format!("logs_{width}x{height}"), stage.picture());
    }
}

#[test]
fn what_happened_stands_among_the_lines() {
    let mut stage = busy(140, 42);
    stage.keys("& 'level:error enter");
    // The platform's own event, of 250 seconds ago.
    assert!(stage.lines_with("⇡ Environment update is starting.").len() == 1, "{}", stage.text());
    assert!(stage.text().contains("! 412 lines sampled away by the service in 3.0 s: they are missing"));
    assert!(stage.text().contains("✔ reconnected, gap of 3.2 s filled"));
    assert!(stage.text().contains("! logs of h-websocket-prod: searched again and again, not listened to: live tails"));
    assert_eq!(stage.lines_with("✖ ").iter().filter(|line| line.contains('▎')).count(), 3, "{}", stage.text());
}

#[test]
fn whoever_scrolls_up_is_held_there_and_told_what_came() {
    let (mut stage, followed) = with(120, 30, counted(100));
    assert!(stage.text().contains("line number 99") && stage.text().contains(" following "));
    stage.keys("k k");
    let before = shown(&stage, "line number");
    let more = (0..40).map(|number| line(WEB, 500 - number, format!("INFO newer {number}"))).collect();
    tell(&mut stage, &followed, vec![live(more)]);
    assert_eq!(shown(&stage, "line number"), before);
    assert!(stage.text().contains("↓ 40 new · f follows"), "{}", stage.text());
    // Lines that come late are put in above; nothing moves under the eye.
    tell(&mut stage, &followed, vec![live(vec![line(WEB, 90_000, "INFO late")])]);
    assert_eq!(shown(&stage, "line number"), before);
    stage.keys("G");
    assert!(stage.text().contains("newer 39") && stage.text().contains(" following "));
    // At the end by hand, it is not followed.
    stage.keys("k j j j");
    assert!(stage.text().contains("held"), "{}", stage.text());
}

#[test]
fn late_lines_between_the_top_and_the_selected_line_do_not_push_it_from_the_screen() {
    let (mut stage, followed) = with(120, 30, counted(100));
    stage.keys("k k");
    let selected = stage.selected();
    assert!(selected.contains("line number 97"), "{selected}");
    let late = (0..40).map(|number| line(WEB_2, 9_900 - number, format!("INFO late {number}"))).collect();
    tell(&mut stage, &followed, vec![live(late)]);
    assert!(stage.selected().contains("line number 97"), "{}", stage.text());
    // Where it stays on the screen nothing moves.
    let before = shown(&stage, "INFO ");
    tell(&mut stage, &followed, vec![live(vec![line(WEB_2, 90_000, "INFO above")]), live(vec![line(WEB_2, 100, "INFO below")])]);
    assert_eq!(shown(&stage, "INFO "), before);
}

#[test]
fn pages_and_the_wheel_move_and_the_first_line_is_reached() {
    let (mut stage, _) = with(80, 24, counted(200));
    stage.keys("b");
    assert!(!stage.text().contains("line number 199"));
    stage.keys("space G b b g");
    assert!(stage.selected().contains("Environment update is starting."), "{}", stage.text());
    stage.raw(Raw::Mouse(crossterm::event::MouseEvent {
        kind: crossterm::event::MouseEventKind::ScrollDown,
        column: 40,
        row: 10,
        modifiers: crossterm::event::KeyModifiers::NONE,
    }));
    assert!(stage.selected().contains("line number 2"), "{}", stage.text());
}

#[test]
fn a_filter_narrows_all_that_is_kept_and_counts() {
    let (mut stage, followed) = with(120, 30, counted(300));
    stage.keys("& 'number space '!7 space '2");
    let fits = (0..300).filter(|number: &i32| number.to_string().contains('2') && !number.to_string().contains('7')).count();
    assert!(stage.text().contains(&format!("{fits} of 300 lines")), "{}", stage.text());
    stage.keys("enter !");
    assert!(stage.text().contains(&format!("!& number !7 2  {} of 300 lines", 300 - fits)), "{}", stage.text());
    stage.keys("!");
    // What comes later is narrowed, too.
    tell(&mut stage, &followed, vec![live(vec![line(WEB, 10, "INFO number 2 once more"), line(WEB, 9, "INFO nothing")])]);
    assert!(stage.text().contains(&format!("{} of 302 lines", fits + 1)), "{}", stage.text());
    stage.keys("esc");
    assert!(!stage.text().contains(" of 302 lines") && stage.text().contains("INFO nothing"));
}

#[test]
fn what_is_no_expression_says_so_and_the_filter_before_stands() {
    let (mut stage, _) = with(120, 30, counted(30));
    stage.keys("& 'number space '(1");
    assert!(stage.text().contains("is no regular expression, unclosed group"), "{}", stage.text());
    stage.keys("esc");
    assert!(stage.text().contains("line number 29"));
    stage.keys("& 'level:loud");
    assert!(stage.text().contains("is no level: there are trace"), "{}", stage.text());
}

#[test]
fn a_search_goes_from_hit_to_hit_within_the_filter_and_around() {
    let (mut stage, _) = with(120, 30, counted(300));
    stage.keys("/ '[12]5$ enter");
    // Backwards from the end: the newest is found first.
    let hits: Vec<i64> = (0..300).filter(|number| number.to_string().ends_with("15") || number.to_string().ends_with("25")).collect();
    assert!(stage.selected().contains("line number 225"), "{}", stage.text());
    assert!(
        stage.text().contains(&format!("{} of {}", hits.iter().position(|hit| *hit == 225).unwrap() + 1, hits.len())),
        "{}",
        stage.text()
    );
    stage.keys("N");
    assert!(stage.selected().contains("line number 215"), "{}", stage.text());
    stage.keys("n n");
    assert!(stage.selected().contains("line number 15") && stage.text().contains("begun again from the first"), "{}", stage.text());
    // Within a filter it finds only what that shows.
    stage.keys("& '2 enter");
    let within = hits.iter().filter(|hit| hit.to_string().contains('2')).count();
    assert!(stage.text().contains(&format!("of {within}")) || stage.text().contains(&format!("{within} found")), "{}", stage.text());
    stage.keys("/ ctrl-u 'nowhere");
    assert!(stage.text().contains("0 found"));
    stage.keys("enter");
    assert!(stage.text().contains("no line has nowhere"), "{}", stage.text());
}

#[test]
fn errors_are_met_one_after_the_other_from_the_newest() {
    let mut lines = counted(200);
    for number in [20, 90, 150] {
        lines[number].text = format!("ERROR it failed at {number}").into_bytes();
    }
    let (mut stage, _) = with(80, 24, lines);
    assert!(stage.text().contains("✖ 3 errors"));
    stage.keys("e");
    assert!(stage.selected().contains("it failed at 150"), "{}", stage.text());
    stage.keys("E");
    assert!(stage.selected().contains("it failed at 90"));
    stage.keys("E E");
    assert!(stage.selected().contains("it failed at 20") && stage.text().contains("no earlier line"), "{}", stage.text());
    stage.keys("e");
    assert!(stage.selected().contains("it failed at 90"));
}

#[test]
fn all_lines_around_a_hit_are_seen_and_the_filter_comes_back() {
    let (mut stage, _) = with(120, 30, counted(300));
    stage.keys("& 'number space '150 enter a");
    let around = shown(&stage, "line number");
    assert!(around.iter().any(|line| line.contains("149")) && around.iter().any(|line| line.contains("151")), "{}", stage.text());
    assert!(stage.selected().contains("line number 150") && stage.text().contains("set aside, a takes it back"));
    stage.keys("a");
    assert_eq!(shown(&stage, "line number").len(), 1);
}

#[test]
fn a_piece_of_time_is_shown_and_what_is_older_is_looked_up() {
    let (mut stage, followed) = with(120, 30, counted(300));
    stage.keys("t 'j enter");
    assert!(stage.text().contains("t last minute") && stage.text().contains(" 60 of 60 "), "{}", stage.text());
    assert!(follows(&stage).is_none(), "it was read already");
    stage.keys("t j j j j enter");
    let again = follows(&stage).unwrap();
    assert_eq!((again.stream, again.since, again.feeds.len()), (followed.stream, ago(3_600_000), 1));
    stage.keys("esc");
    assert!(!stage.text().contains("t last"));
}

#[test]
fn hostile_lines_are_harmless_and_read_whole() {
    let mut endless = b"ERROR ".to_vec();
    endless.extend(vec![b'x'; 90_000]);
    endless.extend(b" THE END");
    let hostile: Vec<Vec<u8>> = vec![
        endless,
        b"\x1b[2J\x1b[H\x1b]0;owned\x07cleared".to_vec(),
        "\u{202e}gnidliub\u{200b} \u{9b}31m".as_bytes().to_vec(),
        vec![0, 1, 2, 0xff, 0xfe, 0x7f, 8, 8],
        b"two\nlines and\r\na tab\tin one".to_vec(),
        "環境環境環境環境環境環境環境環境環境環境環境環境環境環境環境環境環境環境環境環境環境環境環境環境環境環境".as_bytes().to_vec(),
        b"\x1b[30;40mnobody sees this".to_vec(),
    ];
    for (width, height) in SIZES {
        let lines = hostile.iter().zip(0..).map(|(text, number)| line(WEB, 9_000 - number * 1_000, text.clone())).collect();
        let (mut stage, _) = with(width, height, lines);
        for keys in ["", "w", "v", "v v w → →", "g", "enter pgdn", "esc & 'x enter", "esc / 'THE enter"] {
            stage.keys(keys);
            for cell in stage.shown().buffer.content() {
                assert_eq!(safe(cell.symbol()), cell.symbol(), "{keys}");
            }
        }
        assert!(stage.text().contains("1 of 1"), "the end of 90,000 characters is found:\n{}", stage.text());
        assert!(stage.text().contains("THE END"), "and comes into sight:\n{}", stage.text());
    }
}

#[test]
fn long_lines_are_broken_where_that_is_wanted() {
    let mut lines = counted(50);
    lines[49].text = format!("INFO {}the end of it", "word ".repeat(60)).into_bytes();
    let (mut stage, _) = with(80, 24, lines);
    assert!(!stage.text().contains("the end of it"));
    stage.keys("w");
    assert!(stage.text().contains("the end of it"), "{}", stage.text());
    stage.keys("k k");
    assert!(stage.selected().contains("line number 47"), "{}", stage.text());
    stage.keys("j j");
    assert!(stage.selected().contains("the end of it"), "{}", stage.text());
}

#[test]
fn enter_lays_json_out_and_shows_what_stands_around_a_line() {
    let mut lines = counted(40);
    lines[39].text = br#"{"level":"error","msg":"no","trace":"first\nsecond","list":[1,2]}"#.to_vec();
    let (mut stage, _) = with(120, 40, lines);
    stage.keys("enter");
    let text = stage.text();
    for part in
        ["\"msg\": \"no\",", "\"trace\": \"first", "second\",", "taken in 0.700 s later", "h-websocket-prod us-west-1", "line number 38"]
    {
        assert!(text.contains(part), "{part}\n{text}");
    }
    stage.keys("esc");
    assert!(stage.text().contains("following"));
}

#[test]
fn bookmarks_are_found_again_and_lines_are_copied() {
    let (mut stage, _) = with(120, 30, counted(100));
    stage.keys("k m b b m");
    assert_eq!(stage.lines_with("◆").len(), 1, "{}", stage.text());
    stage.keys("'");
    let _ = stage.keys("");
    stage.raw(Raw::Key(crossterm::event::KeyEvent::new(crossterm::event::KeyCode::Char('\''), crossterm::event::KeyModifiers::NONE)));
    assert!(stage.lines_with("◆")[0].contains("line number 98"), "{}", stage.text());
    stage.keys("c");
    assert!(stage.text().contains("the lines with a bookmark, 2"), "{}", stage.text());
    stage.keys("enter");
    let copied = stage.shown().copied.clone().unwrap();
    assert_eq!(copied, "2022-11-13T02:56:58.000Z h-websocket-prod web.stdout i-0a3c59e17b4d2f680 INFO line number 98");
}

#[test]
fn what_is_saved_is_written_piece_by_piece_with_its_progress() {
    let (mut stage, _) = with(120, 30, counted(5_000));
    stage.keys("& 'number space '4 enter ctrl-s");
    assert!(stage.text().contains("5,000 lines"), "{}", stage.text());
    stage.keys("enter");
    assert!(stage.text().contains("save to h-websocket-prod-20221113T025700Z.log"), "{}", stage.text());
    stage.keys("ctrl-u '~/x.log enter");
    let (mut text, mut is_last) = (String::new(), false);
    for effect in stage.asked() {
        match effect {
            Effect::Logs(Order::Save(_, path)) => assert_eq!(path.to_str(), Some("~/x.log")),
            Effect::Logs(Order::Piece { text: piece, is_last: last, .. }) => {
                text.push_str(std::str::from_utf8(&piece).unwrap());
                is_last = last;
            }
            _ => {}
        }
    }
    let wanted = (0..5_000).filter(|number: &i32| number.to_string().contains('4')).count();
    assert_eq!((text.lines().filter(|line| line.contains("line number")).count(), is_last), (wanted, true));
    assert!(stage.text().contains("saving ▰▰▰▰▰▰▰▰ 100 %"), "{}", stage.text());
    stage.tell(Event::Logs(News::Written(SaveId(1), text.len() as u64))).tell(Event::Logs(News::Saved(SaveId(1))));
    assert!(stage.text().contains("lines are in ~/x.log") && !stage.text().contains("saving"), "{}", stage.text());
}

#[test]
fn what_is_being_saved_waits_for_the_disk_and_can_be_stopped() {
    let long = |number: i64| line(WEB, 100_000 - number, "x".repeat(900));
    let (mut stage, _) = with(120, 30, (0..4_000).map(long).collect());
    stage.keys("ctrl-s j enter enter");
    let pieces = |stage: &Stage| -> u64 {
        let asked = stage
            .asked()
            .into_iter()
            .map(|effect| if let Effect::Logs(Order::Piece { text, .. }) = effect { text.len() as u64 } else { 0 });
        asked.sum()
    };
    let sent = pieces(&stage);
    assert!((1_000_000..1_400_000).contains(&sent), "{sent} are on their way");
    assert!(stage.text().contains("saving ▰▰"), "{}", stage.text());
    stage.tell(Event::Logs(News::Written(SaveId(1), sent)));
    assert!(pieces(&stage) > 1_000_000);
    stage.keys("esc");
    assert!(stage.asked().contains(&Effect::Logs(Order::Discard(SaveId(1)))));
    stage.tell(Event::Logs(News::NotSaved(SaveId(1), "it was stopped".into())));
    assert!(stage.text().contains("nothing was saved: it was stopped"), "{}", stage.text());
}

/// Half a file would look like a whole one, and what its end would say is heard by nobody.
#[test]
fn what_is_being_saved_is_given_up_with_its_stream_and_that_is_said() {
    let long = |number: i64| line(WEB, 100_000 - number, "x".repeat(900));
    let (mut stage, _) = with(120, 30, (0..4_000).map(long).collect());
    stage.keys("ctrl-s j enter ctrl-u '~/first.log enter");
    stage.keys("1 esc / 'staging enter j l");
    assert!(stage.asked().contains(&Effect::Logs(Order::Discard(SaveId(1)))), "the half file goes");
    assert!(stage.text().contains("! nothing was saved: other logs were opened before all was in ~/first."), "{}", stage.text());
    // What the first one still tells is not about the second one, and a key takes nothing away that was not seen.
    stage.tell(Event::Logs(News::NotSaved(SaveId(1), "it was stopped".into())));
    assert!(!stage.text().contains("it was stopped"));
    stage.keys("n");
    assert!(stage.text().contains("nothing is searched for"), "{}", stage.text());
    stage.pass(7);
    assert!(stage.text().contains("nothing was saved: other logs"), "{}", stage.text());
}

#[test]
fn paused_the_screen_stands_still_and_nothing_is_lost() {
    let (mut stage, followed) = with(120, 30, counted(100));
    stage.keys("p");
    let before = shown(&stage, "line number");
    let more = (0..20).map(|number| line(WEB, -1_000 - number, format!("INFO line number later {number}"))).collect();
    tell(&mut stage, &followed, vec![live(more)]);
    assert_eq!(shown(&stage, "line number"), before);
    assert!(stage.text().contains("paused · 20 came since"), "{}", stage.text());
    stage.keys("p");
    assert!(stage.text().contains("later 19") && stage.text().contains("following"));
}

/// As many lines come while it stands still as are kept in all.
#[test]
fn paused_for_too_long_the_screen_says_that_its_lines_are_gone() {
    let bounds = Bounds { lines: 1_000, bytes: 1 << 20 };
    let (mut stage, followed) = bounded(120, 30, bounds, counted(100));
    stage.keys("p");
    let more = (0..2_000).map(|number| line(WEB, -1_000 - number, format!("INFO later {number}"))).collect();
    tell(&mut stage, &followed, vec![live(more)]);
    assert!(stage.text().contains("Every line from before the pause has been thrown away for newer ones: p goes on"), "{}", stage.text());
    stage.keys("p");
    assert!(stage.text().contains("later 1999"), "{}", stage.text());
}

#[test]
fn a_source_that_fails_is_told_in_place_and_the_others_go_on() {
    let (mut stage, followed) = with(140, 42, counted(5));
    let fault = || Fault::new(FaultKind::Denied, "FilterLogEvents is denied: allow logs:FilterLogEvents");
    tell(&mut stage, &followed, vec![is(&[WHOLE, WEB], State::Failing(fault())), live(vec![line(PROXY, 100, "INFO the proxy goes on")])]);
    let text = stage.text();
    assert!(text.contains("✖ 1 fails: FilterLogEvents is deni"), "{text}");
    assert!(text.contains("! logs of h-websocket-prod: cannot be read: FilterLogEvents is denied"), "{text}");
    assert!(text.contains("the proxy goes on"));
    // Told once for as long as it is so.
    tell(&mut stage, &followed, vec![is(&[WHOLE, WEB], State::Failing(fault()))]);
    assert_eq!(stage.lines_with("cannot be read").len(), 1);
    tell(&mut stage, &followed, vec![is(&[WHOLE, WEB], State::Live)]);
    assert!(stage.text().contains("! logs of h-websocket-prod: read again, live") && stage.text().contains("● 1 live"), "{}", stage.text());
}

#[test]
fn sources_are_hidden_shown_alone_and_not_followed() {
    let lines = vec![line(WEB, 300, "INFO from web"), line(WEB_2, 200, "INFO from web 2"), line(PROXY, 100, "INFO from proxy")];
    let (mut stage, _) = with(140, 42, lines);
    // The feed, then the proxy, then the two of the application.
    stage.keys("x j space");
    assert!(stage.lines_with("hidden").len() == 1 && !stage.text().contains("from proxy"), "{}", stage.text());
    stage.keys("j o");
    assert!(stage.text().contains("from web") && !stage.text().contains("from web 2") && !stage.text().contains("from proxy"));
    stage.keys("o");
    assert!(stage.text().contains("from proxy") && stage.text().contains("from web 2"));
    stage.keys("g space");
    assert_eq!(follows(&stage).unwrap().feeds.len(), 0);
    assert!(stage.text().contains("not followed: space follows it"), "{}", stage.text());
    stage.keys("space esc");
    // The keys are the lines' again.
    stage.keys("k");
    assert_eq!(stage.selected().lines().count(), 1);
}

#[test]
fn it_is_opened_of_one_of_several_and_of_an_instance() {
    let (stage, followed) = opened(120, 30);
    assert!(stage.line(0).contains("logs › h-websocket-prod us-west-1"), "{}", stage.line(0));
    assert!(
        matches!(&followed.feeds[..], [(_, Feed::Beanstalk { environment, live: Streaming::OneSession, .. })] if environment.as_str() == "h-websocket-prod")
    );
    assert_eq!(followed.since, ago(600_000));
    // Ten of those that cost money are followed unasked.
    let mut stage = Stage::rich(120, 30);
    stage.keys("/ 'orchid enter g l");
    assert_eq!(follows(&stage).unwrap().feeds.len(), 10);
    assert!(stage.line(0).contains("orchid 84 environments"), "{}", stage.line(0));
    assert!(stage.text().contains("74 not followed: x chooses"), "{}", stage.text());
    // The marked ones.
    let mut stage = Stage::rich(120, 30);
    stage.keys("space space l");
    assert_eq!(follows(&stage).unwrap().feeds.len(), 2);
    // One instance: the others' sources are hidden as they are met.
    let mut stage = Stage::rich(140, 42);
    stage.keys("/ 'websocket-prod enter enter enter");
    let followed = follows(&stage).unwrap();
    assert!(stage.line(0).contains("h-websocket-prod us-west-1 › i-0"), "{}", stage.line(0));
    let mut items = sources(followed.feeds[0].0);
    items.push(live(counted(3)));
    tell(&mut stage, &followed, items);
    assert!(!stage.text().contains("line number"), "{}", stage.text());
    assert_eq!(stage.lines_with("hidden").len(), 3);
}

#[test]
fn a_stream_that_was_left_goes_on_for_a_minute_and_is_taken_up_again() {
    let (mut stage, followed) = with(120, 30, counted(20));
    stage.keys("1").pass(30);
    assert!(follows(&stage).is_none());
    stage.keys("5");
    assert!(follows(&stage).is_none() && stage.text().contains("line number 19"), "it has gone on");
    stage.keys("1").pass(61);
    // A frame is drawn for it, though nothing else on that screen changes.
    let let_go = follows(&stage).unwrap();
    assert_eq!((let_go.stream, let_go.feeds.len()), (followed.stream, 0));
    stage.keys("5");
    let again = follows(&stage).unwrap();
    assert_eq!((again.stream, again.feeds.len()), (followed.stream, 1));
    assert!(stage.text().contains("line number 19"), "what was read is still there");
    // Another subject is another stream, and what the first still tells is not heard.
    stage.keys("1 esc / 'staging enter j l");
    let other = follows(&stage).unwrap();
    assert_ne!(other.stream, followed.stream);
    tell(&mut stage, &followed, vec![live(vec![line(WEB, 5, "INFO of the first stream")])]);
    assert!(!stage.text().contains("of the first stream"));
    assert!(!stage.asked().iter().any(|effect| matches!(effect, Effect::Logs(Order::Taken(_)))));
}

#[test]
fn everything_that_is_told_is_acknowledged_and_drawn_once_a_frame() {
    let (mut stage, followed) = with(120, 30, counted(5));
    let frames = stage.shown().frames;
    for batch in 0..50_i64 {
        let lines = (0..1_000).map(|number| line(WEB, 900 - number % 900, format!("INFO {batch} {number}"))).collect();
        stage.queue(Event::Logs(News::Told { stream: followed.stream, items: vec![live(lines)] }));
    }
    stage.settle().settle().settle();
    let taken = stage.asked().into_iter().filter(|effect| *effect == Effect::Logs(Order::Taken(followed.stream))).count();
    assert_eq!(taken, 50);
    assert!(stage.shown().frames - frames <= 12, "{} frames", stage.shown().frames - frames);
    assert!(stage.text().contains("50,005 lines"), "{}", stage.text());
    stage.tell(Event::Logs(News::Told { stream: StreamId(999), items: vec![Item::Ended(followed.feeds[0].0)] }));
    assert!(stage.text().contains("● 1 live"));
}

#[test]
fn columns_zone_and_chart_change_how_lines_are_shown() {
    let (mut stage, _) = with(140, 42, counted(30));
    assert!(stage.lines_with("line number 29")[0].contains("02:56:59.000 ▎web.stdout   0a3c59"), "{}", stage.text());
    stage.keys("v");
    assert!(!stage.lines_with("line number 29")[0].contains("web.stdout   0a3c59"));
    stage.keys("v");
    assert!(!stage.lines_with("line number 29")[0].contains("02:56:59"));
    stage.keys("v i");
    assert!(stage.text().contains("╵02:5"), "{}", stage.text());
    stage.keys("i");
    assert!(!stage.line(2).contains("lines") && !stage.line(3).contains("errors"), "{}", stage.text());
    stage.keys("z");
    assert!(stage.text().contains("times are local (UTC)") || stage.text().contains("times are local ("), "{}", stage.text());
}
