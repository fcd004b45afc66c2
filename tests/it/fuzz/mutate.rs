//! From valid texts to nearly valid ones: lines, words and bytes are taken away, doubled, swapped, spliced
//! in from another text, or replaced by something that means something to a format.

use proptest::collection::vec;
use proptest::prelude::any;
use proptest::strategy::Strategy;

/// One change: what, where, with what.
type Change = (u8, usize, usize, usize);

/// The tokens of a libFuzzer dictionary: one quoted text a line, with `\xNN`, `\"` and `\\`.
pub(super) fn tokens(dictionary: &str) -> Vec<Vec<u8>> {
    let quoted = |line: &str| Some(unescape(line.strip_prefix('"')?.strip_suffix('"')?));
    let tokens: Vec<Vec<u8>> = dictionary.lines().filter_map(quoted).collect();
    assert!(tokens.len() > 50, "the dictionary is gone");
    tokens
}

fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, after) {
            (b'\\', [b'x', high, low, tail @ ..]) => {
                let hex = [*high, *low];
                let hex = std::str::from_utf8(&hex).unwrap();
                bytes.push(u8::from_str_radix(hex, 16).unwrap());
                rest = tail;
            }
            (b'\\', [plain, tail @ ..]) => {
                bytes.push(*plain);
                rest = tail;
            }
            _ => bytes.push(*first),
        }
    }
    bytes
}

/// A seed and up to a dozen changes.
pub(super) fn inputs(seeds: Vec<Vec<u8>>, tokens: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let change = (0..10_u8, any::<usize>(), any::<usize>(), any::<usize>());
    (any::<usize>(), vec(change, 1..12)).prop_map(move |(seed, changes)| {
        let mut input = seeds[seed % seeds.len()].clone();
        for change in changes {
            input = changed(input, change, &seeds, &tokens);
            input.truncate(32_768);
        }
        input
    })
}

fn changed(
    mut input: Vec<u8>,
    (what, one, two, with): Change,
    seeds: &[Vec<u8>],
    tokens: &[Vec<u8>],
) -> Vec<u8> {
    let token = &tokens[with % tokens.len()];
    let place = one % (input.len() + 1);
    match what {
        0 => input.splice(place..place, token.iter().copied()).for_each(drop),
        1 => {
            let end = input[place..].iter().position(|byte| b" ,:\n}]\"".contains(byte));
            let end = place + end.unwrap_or(0);
            input.splice(place..end, token.iter().copied()).for_each(drop);
        }
        2 if place < input.len() => input[place] = u8::try_from(with % 256).unwrap(),
        3 => input.truncate(place),
        4 => {
            let end = (place + two % 64).min(input.len());
            let piece: Vec<u8> = input[place..end].repeat(1 + with % 20);
            input.splice(place..place, piece).for_each(drop);
        }
        _ => return lines(&input, (what, one, two, with), seeds),
    }
    input
}

fn lines(input: &[u8], (what, one, two, with): Change, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = input.split_inclusive(|byte| *byte == b'\n').collect();
    if lines.is_empty() {
        return input.to_vec();
    }
    let (first, second) = (one % lines.len(), two % lines.len());
    match what {
        5 => drop(lines.remove(first)),
        6 => lines.swap(first, second),
        7 => lines.insert(second, lines[first]),
        8 => lines.insert(first, &b"      "[..1 + with % 6]),
        _ => {
            let other = &seeds[with % seeds.len()];
            let others: Vec<&[u8]> = other.split_inclusive(|byte| *byte == b'\n').collect();
            if !others.is_empty() {
                lines.insert(first, others[two % others.len()]);
            }
        }
    }
    lines.concat()
}
