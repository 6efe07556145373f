//! The colours, light and dark, and the faces. Every pair of text and ground has a contrast of at least 4.5 to 1 (WCAG 2.2,
//! 1.4.3), which the test in a real browser measures.

use std::fmt::Write as _;

use super::face::Face;
use crate::appearance::TONES;

/// Name, light, dark; the colours of what is done are in [`TONES`].
const COLOURS: [(&str, &str, &str); 21] = [
    ("bg", "#ffffff", "#0d1117"),
    ("text", "#1f2328", "#e6edf3"),
    ("soft", "#4d5561", "#a9b4c0"),
    ("net", "#f4f7fc", "#111824"),
    ("net-line", "#5b7bb4", "#5879b6"),
    ("zone", "#ffffff", "#0d131c"),
    ("zone-line", "#8a94a6", "#5b6675"),
    ("public", "#eef8ef", "#10231a"),
    ("public-line", "#7fae83", "#3b7549"),
    ("private", "#eaf2fc", "#10203a"),
    ("private-line", "#7da3d3", "#3c66a3"),
    ("cluster-line", "#b06a2c", "#b98049"),
    ("keep", "#ffffff", "#1b222c"),
    ("keep-line", "#6b7686", "#7d8793"),
    ("badge-text", "#ffffff", "#0d1117"),
    ("in", "#0a5fc4", "#6cb0ff"),
    ("out", "#a84300", "#f0964a"),
    ("data", "#0f766e", "#4fd1c0"),
    ("task", "#3a6ea8", "#7fb2ec"),
    ("pill", "#ffffff", "#1b222c"),
    ("icon", "#4d5561", "#a9b4c0"),
];

/// The style sheet of a picture. Everything is below `svg.hcctl`, so that it may stand in a page.
pub(super) fn sheet() -> String {
    let mut css = String::from("svg.hcctl{color-scheme:light dark;");
    for (name, light, _) in COLOURS {
        let _ = write!(css, "--{name}:{light};");
    }
    for tone in TONES {
        let (name, ground, ink) = (tone.name, tone.ground.0, tone.ink.0);
        let _ = write!(css, "--{name}:{ground};--{name}-line:{ink};");
    }
    css.push_str("}\n@media (prefers-color-scheme:dark){svg.hcctl{");
    for (name, _, dark) in COLOURS {
        let _ = write!(css, "--{name}:{dark};");
    }
    for tone in TONES {
        let (name, ground, ink) = (tone.name, tone.ground.1, tone.ink.1);
        let _ = write!(css, "--{name}:{ground};--{name}-line:{ink};");
    }
    css.push_str("}}\n");
    css.push_str(RULES);
    for face in Face::ALL {
        let family = if face.even() {
            "ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace"
        } else {
            "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
        };
        let weight = if face.bold() { 600 } else { 400 };
        let (class, size) = (face.class(), face.size());
        let _ = writeln!(css, ".hcctl .{class}{{font:{weight} {size}px {family}}}");
    }
    for mark in super::Mark::ALL {
        let name = mark.class();
        let _ = writeln!(
            css,
            ".hcctl .box.{name}{{fill:var(--{name});stroke:var(--{name}-line)}}\
             .hcctl .badge.{name}{{fill:var(--{name}-line)}}"
        );
    }
    for line in ["in", "out", "data"] {
        let _ = writeln!(
            css,
            ".hcctl .line.{line}{{stroke:var(--{line})}}.hcctl .head.{line}{{fill:var(--{line})}}"
        );
    }
    css
}

const RULES: &str = "\
.hcctl .ground{fill:var(--bg)}
.hcctl text{fill:var(--text)}
.hcctl text.soft{fill:var(--soft)}
.hcctl text.sign{fill:var(--badge-text)}
.hcctl .net{fill:var(--net);stroke:var(--net-line);stroke-width:1.5}
.hcctl .zone{fill:var(--zone);stroke:var(--zone-line);stroke-dasharray:6 4}
.hcctl .public{fill:var(--public);stroke:var(--public-line)}
.hcctl .private{fill:var(--private);stroke:var(--private-line)}
.hcctl .cluster{fill:var(--private);stroke:var(--cluster-line);stroke-dasharray:2 3}
.hcctl .box{stroke-width:1.5}
.hcctl .box.delete{stroke-dasharray:5 3}
.hcctl .pill{fill:var(--pill);stroke:var(--net-line);stroke-width:1.5}
.hcctl .task{fill:var(--task);stroke:var(--task)}
.hcctl .room{fill:none;stroke:var(--task);stroke-dasharray:2 2}
.hcctl .icon{fill:none;stroke:var(--icon);stroke-width:1.5;stroke-linejoin:round;stroke-linecap:round}
.hcctl .line{fill:none;stroke-width:2;stroke-linecap:round}
.hcctl .line.out{stroke-dasharray:7 4;stroke-linecap:butt}
.hcctl .line.data{stroke-dasharray:2 4}
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_that_is_used_has_both_themes() {
        let sheet = sheet();
        for used in sheet.split("var(--").skip(1) {
            let name = used.split(')').next().unwrap_or_default();
            let action = name.trim_end_matches("-line");
            assert!(
                COLOURS.iter().any(|(known, ..)| *known == name)
                    || TONES.iter().any(|tone| tone.name == action),
                "{name} has no colour"
            );
        }
        for (name, light, dark) in COLOURS {
            assert!(
                sheet.contains(&format!("var(--{name})")),
                "{name} is unused"
            );
            assert!(light.len() == 7 && dark.len() == 7, "{name}");
        }
    }
}
