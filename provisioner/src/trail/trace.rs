//! What CloudTrail records of one kind, and what of it tells who changed a field.

/// How a kind's events are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// By the resource's id.
    Id,
    /// By the resource's own name, which is known also when it is gone.
    Name,
    /// By the id of what it is part of, for the events list only that.
    Owner,
    /// By the event's name.
    Event,
}

/// What CloudTrail records of one kind.
#[derive(Debug)]
pub struct Trace {
    /// The kind.
    pub kind: &'static str,
    /// `eventSource`, without `.amazonaws.com`. Application Auto Scaling's events have gone by two.
    pub sources: &'static [&'static str],
    /// How its events are found.
    pub by: By,
    /// The field that holds its own name, where it has one that events use.
    pub name: Option<&'static str>,
    /// The field that links to what it is part of, where events may name only that.
    pub owner: Option<&'static str>,
    /// The events that change fields, with the fields.
    pub writes: &'static [(&'static str, &'static [&'static str])],
    /// The events that write all of it at once but its tags, whether it is new or not.
    pub puts: &'static [&'static str],
    /// The events that make one.
    pub made: &'static [&'static str],
    /// The events that delete one.
    pub gone: &'static [&'static str],
}

/// EC2's part of a row; tags are written alike everywhere in it.
pub(super) const fn ec2(
    kind: &'static str,
    writes: &'static [(&'static str, &'static [&'static str])],
    made: &'static [&'static str],
    gone: &'static [&'static str],
) -> Trace {
    Trace {
        kind,
        sources: &["ec2"],
        by: By::Id,
        name: None,
        owner: None,
        writes,
        puts: &[],
        made,
        gone,
    }
}

/// A service whose events list no resources.
pub(super) const fn other(
    kind: &'static str,
    sources: &'static [&'static str],
    name: Option<&'static str>,
    owner: Option<&'static str>,
    writes: &'static [(&'static str, &'static [&'static str])],
    made: &'static [&'static str],
    gone: &'static [&'static str],
) -> Trace {
    Trace {
        kind,
        sources,
        by: By::Event,
        name,
        owner,
        writes,
        puts: &[],
        made,
        gone,
    }
}

impl Trace {
    /// The events that change a field of one that is there.
    pub fn writing(&self, field: &str) -> Vec<&'static str> {
        let of = self.writes.iter();
        let of = of.filter(|(_, fields)| fields.contains(&field));
        let puts = self.puts.iter().filter(|_| field != "tags");
        of.map(|(event, _)| *event).chain(puts.copied()).collect()
    }

    /// The events that can have changed a field. What can only be set on a new one was made anew.
    pub fn changing(&self, field: &str) -> Vec<&'static str> {
        let writing = self.writing(field);
        if writing.is_empty() {
            return self.made.to_vec();
        }
        writing
    }

    /// Whether its events are told in one region for all.
    /// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events>
    pub fn is_global(&self) -> bool {
        self.sources == ["iam"]
    }
}
