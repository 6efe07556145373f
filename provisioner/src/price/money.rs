//! Dollars, exactly: unit prices in millionths, amounts in cents. No float can lose a cent here, become NaN or be less
//! than nothing by a rounding.

/// Hours of a month, as AWS's own calculator counts them.
pub const HOURS: u128 = 730;

/// Millionths of a dollar in a cent.
const MILLIONTHS: u128 = 10_000;

/// An amount in cents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cents(i64);

impl Cents {
    /// So many cents.
    pub const fn new(cents: i64) -> Self {
        Self(cents)
    }

    /// So many millionths of a dollar, divided by `parts`; half a cent and more is a cent.
    pub fn rounded(millionths: u128, parts: u128) -> Self {
        let cent = parts.saturating_mul(MILLIONTHS).max(1);
        let cents = millionths.saturating_add(cent / 2) / cent;
        Self(i64::try_from(cents).unwrap_or(i64::MAX))
    }

    /// As a number of dollars, for documents. Whole cents divided once: the number reads as the amount.
    pub fn dollars(self) -> f64 {
        self.0 as f64 / 100.0
    }

    /// `81.50`, without its sign.
    pub fn digits(self) -> String {
        let cents = self.0.unsigned_abs();
        format!("{}.{:02}", cents / 100, cents % 100)
    }

    /// `+`, `-`, or nothing.
    pub const fn sign(self) -> &'static str {
        match self.0 {
            0 => "",
            1.. => "+",
            _ => "-",
        }
    }

    const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// What something costs in a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// At least.
    pub least: Cents,
    /// At most, when all is scaled out.
    pub most: Cents,
}

impl Cost {
    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            least: self.least.plus(other.least),
            most: self.most.plus(other.most),
        }
    }

    /// What has to be added to `before` to make this.
    pub const fn since(self, before: Self) -> Change {
        Change {
            least: self.least.minus(before.least),
            most: self.most.minus(before.most),
        }
    }

    /// `9.01`, or `9.01 to 18.02`.
    pub fn digits(self) -> String {
        range(self.least, self.most, Cents::digits)
    }

    /// `$9.01`, or `$9.01 to $18.02`.
    pub fn text(self) -> String {
        range(self.least, self.most, |amount| {
            format!("${}", amount.digits())
        })
    }
}

/// The difference of two costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Of what there is at least.
    pub least: Cents,
    /// Of what there is at most.
    pub most: Cents,
}

impl Change {
    /// Whether there is none.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }

    /// `+9.01`, `-9.01 to +18.02`.
    pub fn digits(self) -> String {
        range(self.least, self.most, |amount| {
            format!("{}{}", amount.sign(), amount.digits())
        })
    }

    /// `+$9.01`, `-$9.01 to +$18.02`.
    pub fn text(self) -> String {
        range(self.least, self.most, |amount| {
            format!("{}${}", amount.sign(), amount.digits())
        })
    }
}

fn range(least: Cents, most: Cents, text: impl Fn(Cents) -> String) -> String {
    if least == most {
        text(least)
    } else {
        format!("{} to {}", text(least), text(most))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn cost(least: i64, most: i64) -> Cost {
        Cost {
            least: Cents(least),
            most: Cents(most),
        }
    }

    #[test]
    fn half_a_cent_is_a_cent() {
        // A load balancer: 0.0225 * 730 = 16.425.
        assert_eq!(Cents::rounded(22_500 * HOURS, 1), Cents(1_643));
        assert_eq!(Cents::rounded(4_999, 1), Cents(0));
        assert_eq!(Cents::rounded(5_000, 1), Cents(1));
        assert_eq!(Cents::rounded(u128::MAX, 1), Cents(i64::MAX));
    }

    #[test]
    fn amounts_read_as_people_write_them() {
        assert_eq!(cost(901, 901).text(), "$9.01");
        assert_eq!(cost(901, 1_802).text(), "$9.01 to $18.02");
        assert_eq!(cost(5, 5).text(), "$0.05");
        assert_eq!(cost(0, 0).digits(), "0.00");
        assert_eq!(
            cost(8_150, 8_150).since(cost(4_500, 4_500)).text(),
            "+$36.50"
        );
        let falls = cost(100, 300).since(cost(901, 250));
        assert_eq!(falls.text(), "-$8.01 to +$0.50");
        assert_eq!(cost(3, 3).since(cost(8, 8)).digits(), "-0.05");
    }

    proptest! {
        /// What was and the change are what will be; no amount reads `-0.00`, and its number reads as its text does.
        #[test]
        fn no_cent_is_lost(before in 0_i64..1_000_000_000, after in 0_i64..1_000_000_000) {
            let change = cost(after, after).since(cost(before, before));
            prop_assert_eq!(Cents(before).plus(change.least), Cents(after));
            prop_assert_eq!(change.is_none(), before == after);
            prop_assert!(!change.text().contains("-$0.00"));
            for amount in [Cents(before), Cents(after), change.least] {
                let number = amount.dollars();
                prop_assert!(number.is_finite() && (number != 0.0 || number.is_sign_positive()));
                let minus = if amount.sign() == "-" { "-" } else { "" };
                prop_assert_eq!(format!("{number:.2}"), format!("{minus}{}", amount.digits()));
            }
        }
    }
}
