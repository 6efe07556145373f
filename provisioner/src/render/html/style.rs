//! The page's style sheet: the colours of the picture, columns for a desk and one column for a phone.

use std::fmt::Write as _;

use crate::appearance::TONES;

/// The style sheet.
pub(super) fn sheet() -> String {
    let mut css = String::new();
    let _ = write!(
        css,
        ":root{{color-scheme:light dark;{LIGHT}{}}}\n@media (prefers-color-scheme:dark){{:root{{{DARK}{}}}}}\n{RULES}",
        tones(|(light, _)| light),
        tones(|(_, dark)| dark)
    );
    css
}

fn tones(side: fn((&'static str, &'static str)) -> &'static str) -> String {
    TONES.iter().fold(String::new(), |mut css, tone| {
        let (name, ink, ground) = (tone.name, side(tone.ink), side(tone.ground));
        let _ = write!(css, "--{name}-ink:{ink};--{name}-bg:{ground};");
        css
    })
}

const LIGHT: &str = "--page:#f6f8fa;--card:#ffffff;--line:#d0d7de;--ink:#1f2328;--soft-ink:#4d5561;--focus:#0a5fc4;";
const DARK: &str = "--page:#010409;--card:#0d1117;--line:#30363d;--ink:#e6edf3;--soft-ink:#a9b4c0;--focus:#6cb0ff;";

const RULES: &str = "\
*{box-sizing:border-box}
body{margin:0 auto;padding:24px clamp(12px,3vw,32px) 48px;max-width:1320px;background:var(--page);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}
h1{margin:0;font-size:clamp(22px,5vw,30px);line-height:1.25;font-weight:400;overflow-wrap:anywhere}
h1 strong{font-weight:700}
h2{margin:0 0 12px;font-size:18px}
h3{margin:20px 0 8px;font-size:15px}
h4{margin:14px 0 4px;font-size:14px;font-weight:600}
p{margin:6px 0}
.over{margin:0;color:var(--soft-ink);font-size:13px;letter-spacing:.04em}
.soft{color:var(--soft-ink)}
code,pre,.fields td,.names{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace;font-size:13px}
code,.names,td,th,li,p{overflow-wrap:anywhere}
section{margin:20px 0 0;padding:18px clamp(12px,2.5vw,24px);background:var(--card);border:1px solid var(--line);border-radius:12px}
.counts{display:flex;flex-wrap:wrap;gap:8px;margin:20px 0 8px;padding:0;list-style:none}
.counts li{padding:6px 14px;border:1px solid var(--line);border-radius:999px;background:var(--card)}
.counts .create,details.create>summary .sign{color:var(--create-ink)}
.counts .update,details.update>summary .sign{color:var(--update-ink)}
.counts .replace,details.replace>summary .sign{color:var(--replace-ink)}
.counts .delete,details.delete>summary .sign{color:var(--delete-ink)}
.counts .create{background:var(--create-bg);border-color:var(--create-ink)}
.counts .update{background:var(--update-bg);border-color:var(--update-ink)}
.counts .replace{background:var(--replace-bg);border-color:var(--replace-ink)}
.counts .delete{background:var(--delete-bg);border-color:var(--delete-ink)}
.counts .none{color:var(--soft-ink)}
.sign{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-weight:700}
.outcome.update strong{color:var(--update-ink)}
.outcome.replace strong{color:var(--replace-ink)}
.outcome.delete strong{color:var(--delete-ink)}
.outcome.good{margin-top:20px}
.scroll{overflow-x:auto;border-radius:8px}
.scroll svg{display:block;margin:0 auto}
@media (min-width:1100px){.scroll svg{width:100%;height:auto}}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px}
details{margin:6px 0;border:1px solid var(--line);border-left-width:4px;border-radius:8px}
details.create{border-left-color:var(--create-ink)}
details.update{border-left-color:var(--update-ink)}
details.replace{border-left-color:var(--replace-ink)}
details.delete{border-left-color:var(--delete-ink)}
summary{padding:8px 12px;cursor:pointer}
summary code{font-weight:600}
summary .names{color:var(--soft-ink)}
.inside{padding:0 14px 12px;border-top:1px solid var(--line)}
.inside>p{margin:10px 0 0}
.risk{padding:1px 8px;border-radius:999px;font-size:13px;white-space:nowrap}
.risk.update{background:var(--update-bg);color:var(--update-ink)}
.risk.replace{background:var(--replace-bg);color:var(--replace-ink)}
.risk.delete{background:var(--delete-bg);color:var(--delete-ink)}
table{border-collapse:collapse;width:100%}
th{text-align:left;font-weight:400;vertical-align:top}
.fields{margin-top:8px;table-layout:fixed}
.fields th{width:24%;min-width:9em;padding:3px 16px 3px 0;color:var(--soft-ink);font-size:13px}
.fields td{padding:3px 0}
.fields tr+tr{border-top:1px solid var(--line)}
del,ins{text-decoration:none;padding:0 4px;border-radius:4px}
del{background:var(--delete-bg);color:var(--delete-ink)}
ins{background:var(--create-bg);color:var(--create-ink)}
.to{color:var(--soft-ink)}
.member{display:block;width:fit-content;max-width:100%;margin:1px 0}
pre{margin:0;overflow-x:auto;line-height:1.45}
.costs{width:auto;min-width:min(420px,100%)}
.costs th,.costs td{padding:5px 0;border-bottom:1px solid var(--line)}
.costs td{padding:5px 0 5px 24px;text-align:right;font-variant-numeric:tabular-nums}
.costs thead th{text-align:right;padding-left:24px}
.costs tfoot th,.costs tfoot td{border-bottom:0;font-weight:700}
.costs td,.costs thead th{overflow-wrap:normal}
details .costs{min-width:0;margin:0 14px 12px;width:calc(100% - 28px)}
details .costs tr:last-child>*{border-bottom:0}
.lines{margin:0;padding-left:20px}
footer{margin-top:20px;font-size:13px}
@media (max-width:640px){.fields,.fields tbody,.fields tr{display:block}.fields th,.fields td{display:block;width:auto;padding:2px 0}.fields td{padding-bottom:6px}}
@media (max-width:640px){.fixed,.fixed thead,.fixed tbody,.fixed tfoot{display:block}
.fixed tr{display:grid;grid-template-columns:repeat(3,1fr);gap:2px 12px;padding:6px 0;border-bottom:1px solid var(--line)}
.fixed tfoot tr{border-bottom:0}
.fixed thead td:empty{display:none}
.fixed th,.fixed td,.fixed thead th{padding:0;border:0}
.fixed td,.fixed thead th{font-size:13px}
.fixed th[scope=row],.fixed td:only-of-type,.fixed thead th:only-of-type{grid-column:1/-1}}
@media print{body{max-width:none;background:none}section{break-inside:avoid}}
";
