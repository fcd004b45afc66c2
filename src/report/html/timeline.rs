//! The exposure time line: one lane per credential and channel, time since the termination.
//!
//! Deaths take seconds and watches a day, so the axis is logarithmic; what came before the termination
//! has a strip of its own on the left. Each lane is an SVG in percentages, so it fits any width.

use std::fmt::{self, Write as _};

use super::super::summary::{ChannelOutcome, Outcome, Part, Scenario, State};
use super::super::words::{moment, offset};
use super::{safe, tables};

/// The hatching that all lanes share.
pub(super) fn patterns(out: &mut String) -> fmt::Result {
    writeln!(
        out,
        "<svg width=\"0\" height=\"0\" class=\"off\" aria-hidden=\"true\"><defs>\
         <pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
         patternTransform=\"rotate(45)\"><line class=\"hatching\" x1=\"0\" y1=\"0\" x2=\"0\" \
         y2=\"6\"/></pattern></defs></svg>"
    )
}

const TICKS: [(i64, &str); 11] = [
    (5, "5s"),
    (15, "15s"),
    (60, "1m"),
    (300, "5m"),
    (900, "15m"),
    (3600, "1h"),
    (21_600, "6h"),
    (86_400, "24h"),
    (604_800, "7d"),
    (2_592_000, "30d"),
    (7_776_000, "90d"),
];

/// From moments to places, in per cent of the width.
struct Scale {
    first: i64,
    end: i64,
}

impl Scale {
    /// The strip before the termination.
    const BEFORE: f64 = 7.0;
    /// Up to here the axis is nearly linear.
    const KNEE: f64 = 5e6;

    fn of(scenario: &Scenario) -> Self {
        let began = scenario.termination.as_ref().map_or(0, |termination| termination.began_us);
        Self { first: -began, end: (scenario.length_us - began).max(1_000_000) }
    }

    fn zero(&self) -> f64 {
        if self.first < 0 { Self::BEFORE } else { 0.0 }
    }

    #[expect(clippy::cast_precision_loss, reason = "a picture needs no more than a pixel")]
    fn place(&self, at: i64) -> f64 {
        let zero = self.zero();
        if at <= 0 {
            let share = if self.first < 0 { at as f64 / self.first as f64 } else { 0.0 };
            return zero * (1.0 - share.clamp(0.0, 1.0));
        }
        let log = |at: i64| (1.0 + at as f64 / Self::KNEE).ln();
        zero + (99.0 - zero) * (log(at) / log(self.end)).clamp(0.0, 1.0)
    }

    /// Ticks that do not touch; every other one is left out on a phone.
    fn ticks(&self) -> Vec<(f64, &'static str)> {
        let mut kept: Vec<(f64, &str)> = vec![(self.zero(), "0")];
        for (secs, name) in TICKS {
            let micros = secs * 1_000_000;
            let place = self.place(micros);
            if micros <= self.end && kept.last().is_none_or(|(last, _)| place - last >= 5.0) {
                kept.push((place, name));
            }
        }
        kept
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Alive,
    Between,
    Dead,
    Refused,
    Unknown,
}

/// What is known of a channel, from its first sign of life to the end of the scenario.
fn phases(channel: &ChannelOutcome, end: i64) -> Vec<(Phase, i64, i64)> {
    let mut phases = Vec::new();
    let mut since = channel.first_alive_us;
    for death in &channel.past {
        if let (Some(from), Some(last)) = (since, death.last_alive_us) {
            phases.push((Phase::Alive, from, last));
            phases.push((Phase::Between, last, death.first_dead_us));
        }
        let returned = death.returned_us.unwrap_or(death.first_dead_us);
        phases.push((Phase::Dead, death.first_dead_us, returned));
        since = Some(returned);
    }
    let mut known = since;
    if let (Some(from), Some(last)) = (since, channel.last_alive_us) {
        phases.push((Phase::Alive, from, last));
        known = Some(last);
    }
    if let Some(refused) = channel.first_dead_us {
        if let Some(last) = channel.last_alive_us {
            phases.push((Phase::Between, last, refused));
        }
        let last = channel.last_refused_us.unwrap_or(refused);
        let phase = if channel.confirmed_us.is_some() { Phase::Dead } else { Phase::Refused };
        phases.push((phase, refused, last));
        known = Some(last);
    }
    if let Some(known) = known.filter(|known| *known < end) {
        phases.push((Phase::Unknown, known, end));
    }
    phases
}

pub(super) fn section(out: &mut String, scenario: &Scenario) -> fmt::Result {
    if scenario.credentials.is_empty() {
        return Ok(());
    }
    let scale = Scale::of(scenario);
    let since = if scenario.termination.is_some() { "the termination" } else { "the beginning" };
    writeln!(out, "<h3>Exposure, time since {since}</h3>\n<div class=\"card\">")?;
    axis(out, scenario, &scale)?;
    let (others, tested): (Vec<&Outcome>, Vec<&Outcome>) =
        scenario.credentials.iter().partition(|outcome| outcome.part == Part::Bystander);
    for outcome in tested.into_iter().chain(others) {
        for channel in &outcome.channels {
            lane(out, outcome, channel, &scale)?;
        }
    }
    legend(out)?;
    writeln!(out, "</div>")
}

fn axis(out: &mut String, scenario: &Scenario, scale: &Scale) -> fmt::Result {
    let what = if scenario.actions.is_empty() { "" } else { "Actions" };
    writeln!(out, "<div class=\"lane\"><div class=\"what small soft\">{what}</div>")?;
    write!(out, "<div class=\"line\"><svg height=\"34\" role=\"img\" aria-label=\"time axis\">")?;
    for (index, (place, name)) in scale.ticks().into_iter().enumerate() {
        let anchor = if place > 95.0 { "end" } else { "middle" };
        let minor = if index % 2 == 1 { " class=\"minor\"" } else { "" };
        write!(
            out,
            "<line class=\"grid\" x1=\"{place:.2}%\" x2=\"{place:.2}%\" y1=\"16\" y2=\"34\"/>\
             <text{minor} x=\"{place:.2}%\" y=\"11\" text-anchor=\"{anchor}\">{name}</text>"
        )?;
    }
    for action in &scenario.actions {
        let place = scale.place(action.at_us);
        let (title, object, at) = (safe(&action.title), safe(&action.object), offset(action.at_us));
        write!(
            out,
            "<circle class=\"act\" cx=\"{place:.2}%\" cy=\"25\" r=\"3.5\">\
             <title>{at}: {title}, {object}</title></circle>"
        )?;
    }
    writeln!(out, "</svg></div><div class=\"fate\"></div></div>")
}

fn lane(
    out: &mut String,
    outcome: &Outcome,
    channel: &ChannelOutcome,
    scale: &Scale,
) -> fmt::Result {
    let class = if outcome.part == Part::Bystander { "lane other" } else { "lane" };
    writeln!(
        out,
        "<div class=\"{class}\"><div class=\"what\"><span class=\"id\">{}</span>\
         <div class=\"small soft\">{}, {} on {}{}</div></div>",
        safe(&outcome.credential),
        safe(&outcome.title),
        safe(&outcome.platform),
        safe(&channel.channel),
        match outcome.part {
            Part::Suspect => String::new(),
            Part::Bystander | Part::Derived | Part::Renewed | Part::Attempted => {
                format!("; {}", tables::part(outcome))
            }
        }
    )?;
    let (label, fate) = fate(outcome, channel);
    write!(
        out,
        "<div class=\"line\"><svg height=\"26\" role=\"img\" aria-label=\"{}: {label}, {fate}\">",
        safe(&outcome.credential)
    )?;
    for (place, name) in scale.ticks() {
        let class = if name == "0" { "zero" } else { "grid" };
        write!(
            out,
            "<line class=\"{class}\" x1=\"{place:.2}%\" x2=\"{place:.2}%\" y1=\"0\" y2=\"26\"/>"
        )?;
    }
    for (phase, from, to) in phases(channel, scale.end) {
        bar(out, phase, scale.place(from), scale.place(to))?;
    }
    marks(out, outcome, channel, scale)?;
    let tone = match outcome.state {
        State::Alive | State::CameBack if outcome.under_test() => "bad-text",
        State::Harmed => "bad-text",
        State::Alive | State::Dead | State::Gone | State::CameBack => "good-text",
        State::Contained
        | State::Expired
        | State::Unproven
        | State::Uncontrolled
        | State::Void
        | State::DiedBefore
        | State::Inconclusive => "warn-text",
    };
    writeln!(
        out,
        "</svg></div><div class=\"fate\"><b class=\"{tone}\">{label}</b><br><span class=\"soft\">{fate}</span></div></div>"
    )
}

fn bar(out: &mut String, phase: Phase, from: f64, to: f64) -> fmt::Result {
    // An interval of a pixel is still an interval.
    let width = (to - from).max(0.15);
    let (class, y, height) = match phase {
        Phase::Alive => ("alive", 6, 14),
        Phase::Between => ("between", 6, 14),
        Phase::Dead => ("dead", 10, 6),
        Phase::Refused => ("refused", 10, 6),
        Phase::Unknown => {
            return write!(
                out,
                "<line class=\"unknown\" x1=\"{from:.2}%\" x2=\"{to:.2}%\" y1=\"13\" y2=\"13\"/>"
            );
        }
    };
    write!(
        out,
        "<rect class=\"{class}\" x=\"{from:.2}%\" width=\"{width:.2}%\" y=\"{y}\" height=\"{height}\"/>"
    )
}

fn marks(
    out: &mut String,
    outcome: &Outcome,
    channel: &ChannelOutcome,
    scale: &Scale,
) -> fmt::Result {
    if let Some(deadline) = outcome.deadline_us {
        let (place, at) = (scale.place(deadline), offset(deadline));
        write!(
            out,
            "<line class=\"deadline\" x1=\"{place:.2}%\" x2=\"{place:.2}%\" y1=\"1\" y2=\"25\">\
             <title>deadline: {at}</title></line>"
        )?;
    }
    for returned in channel.past.iter().filter_map(|death| death.returned_us) {
        let (place, at) = (scale.place(returned), offset(returned));
        // A nested SVG puts a shape of fixed size at a place in per cent.
        write!(
            out,
            "<svg x=\"{place:.2}%\" y=\"13\" width=\"1\" height=\"1\" overflow=\"visible\">\
             <path class=\"return\" d=\"M0 -11 L9 0 L0 11 L-9 0 Z\"><title>worked again at {at}</title></path></svg>"
        )?;
    }
    if let (None, Some(last)) = (channel.first_dead_us, channel.last_alive_us) {
        let (place, at) = (scale.place(last), offset(last));
        write!(
            out,
            "<circle class=\"proof\" cx=\"{place:.2}%\" cy=\"13\" r=\"5\"><title>last proof of life: {at}</title></circle>"
        )?;
    }
    Ok(())
}

/// What became of it on this channel, and between which moments. Free of anything from outside.
fn fate(outcome: &Outcome, channel: &ChannelOutcome) -> (String, String) {
    let reversible = if outcome.reversible { ", reversible" } else { "" };
    // One dead channel of a credential that works on another one.
    let dead_here = channel.demonstrated && outcome.state == State::Alive;
    let label = if dead_here {
        "refused here, works elsewhere".to_owned()
    } else {
        format!("{}{reversible}", outcome.words())
    };
    let fate = match (channel.past.first(), channel.last_alive_us, channel.first_dead_us) {
        (Some(death), _, _) => {
            let back = death.returned_us.map(moment).unwrap_or_default();
            format!("refused {}, worked again {back}", moment(death.first_dead_us))
        }
        (None, Some(last), Some(dead)) => {
            format!("alive {}, refused {}", moment(last), moment(dead))
        }
        (None, Some(last), None) => format!("last proven {}", moment(last)),
        (None, None, Some(dead)) => format!("refused {}", moment(dead)),
        (None, None, None) => "no usable answer".to_owned(),
    };
    (label, fate)
}

fn legend(out: &mut String) -> fmt::Result {
    writeln!(out, "<div class=\"legend\">")?;
    for (shape, name) in [
        ("<rect class=\"alive\" width=\"26\" height=\"12\"/>", "proven alive"),
        ("<rect class=\"between\" width=\"26\" height=\"12\"/>", "died in here"),
        ("<rect class=\"dead\" y=\"3\" width=\"26\" height=\"6\"/>", "dead"),
        ("<rect class=\"refused\" y=\"3\" width=\"26\" height=\"6\"/>", "refused, not confirmed"),
        ("<line class=\"unknown\" x1=\"0\" x2=\"26\" y1=\"6\" y2=\"6\"/>", "not known"),
        ("<circle class=\"proof\" cx=\"13\" cy=\"6\" r=\"5\"/>", "last proof of life"),
        ("<path class=\"return\" d=\"M13 -2 L20 6 L13 14 L6 6 Z\"/>", "came back"),
        ("<line class=\"deadline\" x1=\"13\" x2=\"13\" y1=\"0\" y2=\"12\"/>", "deadline"),
        ("<circle class=\"act\" cx=\"13\" cy=\"6\" r=\"3.5\"/>", "action"),
    ] {
        writeln!(out, "<span><svg aria-hidden=\"true\">{shape}</svg>{name}</span>")?;
    }
    writeln!(out, "</div>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_is_further_right_and_never_outside() {
        let scale = Scale { first: -30_000_000, end: 86_400_000_000 };
        let moments = [-30, -1, 0, 1, 10, 60, 900, 3600, 86_400, 90_000];
        let places: Vec<f64> = moments.iter().map(|secs| scale.place(secs * 1_000_000)).collect();
        assert!(places.is_sorted(), "{places:?}");
        assert!(places.iter().all(|place| (0.0..=99.0).contains(place)), "{places:?}");
        assert!(scale.ticks().windows(2).all(|pair| pair[1].0 - pair[0].0 >= 5.0));
    }
}
