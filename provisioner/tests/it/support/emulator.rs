//! A terminal's screen, as far as hcctl draws on it. A sequence that it does not know is a failure: then hcctl has begun to
//! use it, and it belongs here.

/// What is on the screen.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a mode that a terminal has"
)]
pub struct Emulator {
    columns: usize,
    rows: usize,
    cells: Vec<Vec<char>>,
    at: (usize, usize),
    /// Whether the alternate screen is shown.
    pub is_alternate: bool,
    /// Whether the cursor cannot be seen.
    pub is_cursor_hidden: bool,
    /// Whether anything had a colour.
    pub is_coloured: bool,
    is_resized: bool,
    /// What came of a sequence or a character that is not whole yet.
    open: Vec<u8>,
}

impl Emulator {
    /// An empty screen.
    pub fn new(columns: usize, rows: usize) -> Self {
        Self {
            columns,
            rows,
            cells: vec![vec![' '; columns]; rows],
            at: (0, 0),
            is_alternate: false,
            is_cursor_hidden: false,
            is_coloured: false,
            is_resized: false,
            open: Vec::new(),
        }
    }

    /// Becomes another size. What is drawn meanwhile may still be meant for the old one, and scroll.
    pub fn resize(&mut self, columns: usize, rows: usize) {
        (self.columns, self.rows, self.at) = (columns, rows, (0, 0));
        self.cells = vec![vec![' '; columns]; rows];
        self.is_resized = true;
    }

    /// One line, with the blanks at its end.
    pub fn line(&self, row: usize) -> String {
        self.cells[row].iter().collect()
    }

    /// All lines.
    pub fn text(&self) -> String {
        let lines = self
            .cells
            .iter()
            .map(|line| line.iter().collect::<String>());
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Whether some line has this.
    pub fn has(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    /// Takes in what a program wrote.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.open.extend_from_slice(bytes);
        let open = std::mem::take(&mut self.open);
        let whole = match std::str::from_utf8(&open) {
            Ok(_) => open.len(),
            Err(error) => error.valid_up_to(),
        };
        let text = std::str::from_utf8(&open[..whole]).unwrap().to_owned();
        let mut rest = text.as_str();
        while let Some(c) = rest.chars().next() {
            if c == '\u{1b}' {
                let Some(end) = rest[1..].find(|c: char| c.is_ascii_alphabetic()) else {
                    break;
                };
                let (sequence, after) = rest.split_at(end + 2);
                self.obey(&sequence[1..]);
                rest = after;
            } else {
                self.put(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        self.open = rest.as_bytes().to_vec();
        self.open.extend_from_slice(&open[whole..]);
    }

    fn obey(&mut self, sequence: &str) {
        let (row, column) = self.at;
        match sequence {
            "[?1049h" => {
                self.is_alternate = true;
                self.cells = vec![vec![' '; self.columns]; self.rows];
            }
            "[?1049l" => self.is_alternate = false,
            "[?25l" => self.is_cursor_hidden = true,
            "[?25h" => self.is_cursor_hidden = false,
            "[H" => self.at = (0, 0),
            "[K" => self.cells[row][column.min(self.columns)..].fill(' '),
            "[J" => {
                self.cells[row][column.min(self.columns)..].fill(' ');
                for line in &mut self.cells[row + 1..] {
                    line.fill(' ');
                }
            }
            colour if colour.ends_with('m') => self.is_coloured |= colour != "[0m",
            other => panic!("an unknown sequence: {other:?}"),
        }
    }

    fn put(&mut self, c: char) {
        let (row, column) = self.at;
        match c {
            '\r' => self.at.1 = 0,
            '\n' if row + 1 < self.rows => self.at.0 += 1,
            '\n' => {
                let may = self.is_resized || !self.is_alternate;
                assert!(may, "the screen scrolls:\n{}", self.text());
                self.cells.remove(0);
                self.cells.push(vec![' '; self.columns]);
            }
            _ if column < self.columns => {
                self.cells[row][column] = c;
                self.at.1 += 1;
            }
            // While it is resized, a line may still be of the old width.
            _ => {}
        }
    }
}
