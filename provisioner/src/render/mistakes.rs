//! What is wrong with environment files, for people: each mistake with its place, its line and what would be right.

use super::copied::whole;
use super::label::Label;
use super::page::{Line, Page};
use super::prose::broken;
use crate::environment::Errors;

/// Before what would be right.
const HELP: &str = "  help: ";

/// The mistakes of these files, where lines have so many columns; the first line begins with `lead`.
pub fn mistakes(lead: &str, files: &[Errors], width: usize) -> String {
    let mut page = Page::new(width);
    let mut lead = lead;
    for errors in files {
        for (number, error) in errors.iter().enumerate() {
            if number > 0 {
                page.line(Line::default());
            }
            broken(
                &mut page,
                "",
                &format!("{lead}{}", whole(&error.headline())),
            );
            lead = "";
            for line in error.excerpt().iter().flat_map(|text| text.lines()) {
                page.line(Line::default().with(Label::Plain, line));
            }
            broken(&mut page, HELP, &whole(&error.remedy));
        }
    }
    page.text()
        .fold(String::new(), |text, line| text + &line + "\n")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::environment;

    #[test]
    fn each_mistake_has_its_place_its_line_and_what_would_be_right() {
        let text = "project: shop\nregion: us-east-1\nservices:\n  cart:\n    port: 8080\n    cpu: 300\n    paths: [\"/cart/*\"]\nnope: 1\n";
        let errors = environment::parse("dev", Path::new("environments/dev.yaml"), text);
        let errors = [errors.unwrap_err()];
        insta::assert_snapshot!(mistakes("error: ", &errors, 60));
        // Where there is room for it, it is what the errors say of themselves.
        let plain = format!("error: {}\n", errors[0]);
        assert_eq!(mistakes("error: ", &errors, 400), plain);
    }
}
