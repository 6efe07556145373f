//! Patterns of a load balancer's rules, in which `*` stands for any text and `?` for any one character.

/// How many wildcards a pattern has: a rule takes a few only.
pub(super) fn count(pattern: &str) -> usize {
    pattern.matches(['*', '?']).count()
}

/// Whether some text matches both.
pub(super) fn overlap(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    // reach[j]: the text matched so far can end exactly here in `a` and at `j` in `b`.
    let mut reach = vec![false; b.len() + 1];
    reach[0] = true;
    let spread = |reach: &mut Vec<bool>| {
        for j in 0..b.len() {
            reach[j + 1] |= reach[j] && b[j] == b'*';
        }
    };
    spread(&mut reach);
    for &x in a {
        let mut next = vec![false; b.len() + 1];
        if x == b'*' {
            // Any text: every position of `b` at or behind one that was reached.
            let mut seen = false;
            for j in 0..=b.len() {
                seen |= reach[j];
                next[j] = seen;
            }
        } else {
            for j in 0..b.len() {
                let same = b[j] == x || b[j] == b'?' || x == b'?';
                next[j + 1] |= reach[j] && b[j] != b'*' && same;
                next[j] |= reach[j] && b[j] == b'*';
            }
            spread(&mut next);
        }
        reach = next;
    }
    reach[b.len()]
}

/// Whether every text that matches `narrow` surely matches `wide` too.
///
/// It takes the wildcards of `narrow` for characters of their own, which never claims too much; it misses only oddities such as
/// `*?` against `?*`.
pub(super) fn covers(wide: &str, narrow: &str) -> bool {
    let (wide, narrow) = (wide.as_bytes(), narrow.as_bytes());
    let mut reach = vec![false; narrow.len() + 1];
    reach[0] = true;
    for &x in wide {
        let mut next = vec![false; narrow.len() + 1];
        if x == b'*' {
            let mut seen = false;
            for j in 0..=narrow.len() {
                seen |= reach[j];
                next[j] = seen;
            }
        } else {
            for j in 0..narrow.len() {
                let same = narrow[j] == x || (x == b'?' && narrow[j] != b'*');
                next[j + 1] = reach[j] && same;
            }
        }
        reach = next;
    }
    reach[narrow.len()]
}
