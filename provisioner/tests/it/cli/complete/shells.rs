//! The shells themselves source the script and complete. What is not installed is passed over, and said to be.
#![cfg(unix)]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::place::Place;

/// Runs a shell in the place with hcctl on its path; answers what it printed. Nothing where there is no such shell.
fn run(place: &Place, shell: &str, args: &[&str], input: &str) -> Option<String> {
    let binary = place.command("");
    let binary = Path::new(binary.get_program());
    let path = format!("{}:/usr/bin:/bin", binary.parent().unwrap().display());
    let mut command = Command::new(shell);
    command.args(args).env_clear().current_dir(place.path("."));
    command.env("PATH", path).env("HOME", place.path("."));
    command.env("TERM", "dumb").env("INPUTRC", "/dev/null");
    command.stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        println!("skipped: there is no {shell} here");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{shell}: {text}\n{errors}");
    assert_eq!(errors, "", "{shell}: {text}");
    Some(text)
}

/// Lines, each with the last word at the cursor, and what is completed there.
const LINES: [(&str, &str); 6] = [
    ("hcctl plan ", "dev prod"),
    ("hcctl --environments other apply ", "only"),
    ("hcctl logs prod --service pat", "patient"),
    ("hcctl --sandbox deploy dev --image ", "v2 v1"),
    ("hcctl plan dev --format h", "human html"),
    ("hcctl comp", "completions"),
];

fn place() -> Place {
    let place = Place::new();
    let dev = place.read("environments/dev.yaml");
    place.write("other/only.yaml", &dev);
    place.expect(0, "--sandbox apply dev --yes");
    for tag in ["v1", "v2"] {
        place.expect(0, &format!("--sandbox push dev --tag {tag}"));
    }
    place
}

#[test]
fn bash_completes() {
    let place = place();
    let script = "source <(hcctl completions bash) || exit
        try() {
            COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1)) COMP_TYPE=9 COMPREPLY=()
            _clap_complete_hcctl hcctl \"${COMP_WORDS[COMP_CWORD]}\"
            echo \"${COMPREPLY[*]}\"
        }\n";
    let mut script = script.to_owned();
    let quoted = |line: &str| {
        let words: Vec<String> = line.split(' ').map(|word| format!("'{word}'")).collect();
        words.join(" ")
    };
    for (line, _) in LINES {
        script.extend([format!("try {}\n", quoted(line))]);
    }
    // As bash divides `--service=pat`.
    script.extend([format!("try {}\n", quoted("hcctl logs --service = pat"))]);
    let Some(said) = run(&place, "bash", &["--norc"], &script) else {
        return;
    };
    let said: Vec<&str> = said.lines().collect();
    let mut expected: Vec<&str> = LINES.map(|(_, values)| values).to_vec();
    expected.push("patient");
    assert_eq!(said, expected);
}

#[test]
fn bash_completes_what_is_typed_on_a_terminal() {
    let place = Place::new();
    let keys = "source <(hcctl completions bash)\nhcctl valid\tpr\t\nexit\n";
    let shell = "bash --norc --noprofile -i";
    let args = ["--quiet", "--return", "--command", shell, "/dev/null"];
    if let Some(screen) = run(&place, "script", &args, keys) {
        assert!(screen.contains("prod: valid (2 services)"), "{screen}");
    }
}

#[test]
fn zsh_completes() {
    let place = place();
    // -D alone: with -d FILE after it, zsh would rename its dump over FILE.
    // What `_describe` is given, instead of a menu on a terminal: its last argument names the values.
    let script = "autoload -Uz compinit && compinit -D -u
        source <(hcctl completions zsh) || exit
        _describe() { local -a given=(\"${(@P)@[-1]}\"); print -r -- ${given%%:*} }
        try() { local -a words=(\"$@\"); local CURRENT=$#; ${_comps[hcctl]} }\n";
    let mut script = script.to_owned();
    for (line, _) in LINES {
        let words: Vec<String> = line.split(' ').map(|word| format!("'{word}'")).collect();
        script.extend([format!("try {}\n", words.join(" "))]);
    }
    let Some(said) = run(&place, "zsh", &["-f"], &script) else {
        return;
    };
    let said: Vec<&str> = said.lines().collect();
    assert_eq!(said, LINES.map(|(_, values)| values));
}

#[test]
fn fish_completes() {
    let place = place();
    let mut script = "hcctl completions fish | source\n".to_owned();
    for (line, _) in LINES {
        script.extend([format!(
            "complete -C '{line}' | string split -f1 \\t | string join ' '\n"
        )]);
    }
    // `string join` of one word is no success.
    script += "exit 0\n";
    let Some(said) = run(&place, "fish", &["--no-config"], &script) else {
        return;
    };
    let said: Vec<&str> = said.lines().collect();
    assert_eq!(said, LINES.map(|(_, values)| values));
}
