//! What every verb that calls AWS begins with: the file, the account, the clients.

use std::io::{self, BufRead as _, IsTerminal, Write};
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::form::Document;
use super::{CommandError, Global, Kind, colour, width};
use crate::aws::profiles::ProfileError;
use crate::aws::{Aws, Connect, ConnectError, Scope};
use crate::environment::{self, Environment};
use crate::operation::{Context, Observation, SystemClock, suggest};
use crate::price::Costs;
use crate::render::copied::whole;
use crate::render::{Header, PlanView, Shown, Style, prose, short_caller};

/// One verb's work on one environment.
pub(super) struct Session {
    /// What every verb understands.
    pub(super) global: Global,
    /// The form of what is shown.
    pub(super) form: Document,
    /// What operations work with.
    pub(super) context: Context,
    pub(super) behind: Behind,
}

/// What clients were made with that must live as long as they do: the embedded AWS, where it is used; saved when dropped.
pub(super) struct Behind {
    #[cfg(feature = "sandbox")]
    sandbox: Option<super::sandbox::Reached>,
}

impl Behind {
    /// Whether another process serves the embedded AWS, with a registry that an engine can push to.
    pub(super) fn is_served(&self) -> bool {
        #[cfg(feature = "sandbox")]
        return matches!(self.sandbox, Some(super::sandbox::Reached::Served(_)));
        #[cfg(not(feature = "sandbox"))]
        false
    }
}

/// The clients of a region in a scope, and what they live by; makes no call.
pub(super) async fn clients(
    global: &Global,
    region: &str,
    scope: Scope,
) -> Result<(Aws, Behind), CommandError> {
    #[cfg(feature = "sandbox")]
    let sandbox = if global.sandbox {
        Some(super::sandbox::reach()?)
    } else {
        None
    };
    #[cfg(not(feature = "sandbox"))]
    if global.sandbox {
        let message = "this hcctl was built without the sandbox";
        return Err(CommandError::new(Kind::Config, message)
            .hint("build it with the cargo feature `sandbox`"));
    }
    let connect = Connect {
        region: region.to_owned(),
        profile: global.profile.clone(),
        #[cfg(feature = "sandbox")]
        http: sandbox.as_ref().map(super::sandbox::Reached::http_client),
        #[cfg(not(feature = "sandbox"))]
        http: None,
        ask: Some(Arc::new(ask)),
    };
    let aws = Aws::connect(connect, scope).await;
    let aws = aws.map_err(|error| unconnected(&error))?;
    let behind = Behind {
        #[cfg(feature = "sandbox")]
        sandbox,
    };
    Ok((aws, behind))
}

/// Why there are no clients.
fn unconnected(error: &ConnectError) -> CommandError {
    let kind = match error {
        ConnectError::Bundle { .. } | ConnectError::Pem { .. } | ConnectError::Proxy { .. } => {
            Kind::Config
        }
        _ => Kind::Failed,
    };
    let named = match error {
        ConnectError::Profile(ProfileError::Unknown { name, known }) => Some((name, known)),
        ConnectError::Profile(ProfileError::Source {
            source_profile,
            known,
            ..
        }) => Some((source_profile, known)),
        _ => None,
    };
    let remedy = named.and_then(|(name, known)| {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        suggest::remedy(name, &known)
    });
    CommandError::new(kind, error.to_string()).hint(remedy.unwrap_or_else(|| error.remedy()))
}

/// Asks for one line on the terminal; nobody is there where stdin is none.
fn ask(question: &str) -> Option<String> {
    if !io::stdin().is_terminal() {
        return None;
    }
    let mut stderr = io::stderr();
    write!(stderr, "{question} ").ok()?;
    stderr.flush().ok()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).ok()?;
    Some(answer)
}

impl Session {
    /// Reads the file and builds the clients; makes no call but for a session that wants MFA.
    pub(super) async fn open(
        global: Global,
        form: Document,
        name: &str,
    ) -> Result<Self, CommandError> {
        let environment = load(&global, name)?;
        let file = environment::find(&global.environments, name)?;
        if let Some(region) = &global.region
            && region != environment.region.as_ref()
        {
            let message = format!(
                "--region {region} is not the region of {}, {}",
                file.display(),
                environment.region
            );
            return Err(CommandError::new(Kind::Config, message)
                .hint("leave --region out, or change the file: an environment is in one region"));
        }
        let scope = crate::blueprint::scope(&environment);
        let (aws, behind) = clients(&global, environment.region.as_ref(), scope).await?;
        let context = Context {
            environment,
            file,
            aws,
            profile: profile(&global),
            command: global.command(),
            limit: global.limit(),
            clock: Arc::new(SystemClock::default()),
        };
        Ok(Self {
            global,
            form,
            context,
            behind,
        })
    }

    /// Where something is done, and as whom: what every verb that writes says first. Refuses another account than the file's.
    pub(super) async fn place(&self) -> Result<String, CommandError> {
        let identity = self.context.guard().await?;
        Ok(format!(
            "{}, account {} as {}",
            self.context.environment.region,
            identity.account,
            short_caller(&identity.arn)
        ))
    }

    /// A plan with all that its readers want to know around it.
    pub(super) fn view<'a>(&self, seen: &'a Observation) -> PlanView<'a> {
        let environment = &self.context.environment;
        PlanView {
            header: Header {
                project: environment.project.to_string(),
                environment: environment.name.to_string(),
                account: seen.identity.account.clone(),
                caller: seen.identity.arn.clone(),
                region: environment.region.to_string(),
                file: self.context.file.display().to_string(),
                api_calls: Some(seen.calls),
                took: seen.took,
            },
            plan: &seen.plan,
            catalog: &seen.catalog,
            notes: &seen.notes,
            costs: Some(Costs::of(environment.region.as_ref(), &seen.plan)),
            findings: seen.findings.as_ref(),
        }
    }

    /// How to write to stdout.
    pub(super) fn style(&self) -> Style {
        style(&self.global, &io::stdout())
    }

    /// Writes to stdout what there is to show, in the form that is wanted.
    pub(super) fn show(&self, what: &impl Shown) -> Result<(), CommandError> {
        show(self.form, &self.style(), what)
    }

    /// A sentence for a person, on stderr.
    pub(super) fn say(&self, text: &str) {
        say(&self.global, text);
    }

    /// What another program wrote, on stderr, as it is.
    pub(super) fn pass_on(&self, line: &str) {
        if !self.global.quiet {
            let _ = writeln!(io::stderr(), "{line}");
        }
    }
}

/// Writes to stdout what there is to show.
pub(super) fn show<S: Shown>(form: Document, style: &Style, what: &S) -> Result<(), CommandError> {
    let mut out = io::stdout().lock();
    match form {
        Document::Human => what.human(style, &mut out)?,
        Document::Markdown => what.markdown(style, &mut out)?,
        Document::Json if S::LINE => writeln!(out, "{}", what.json())?,
        Document::Json => writeln!(out, "{:#}", what.json())?,
    }
    out.flush()?;
    Ok(())
}

/// A sentence for a person, on stderr.
pub(super) fn say(global: &Global, text: &str) {
    if !global.quiet {
        let _ = io::stderr().write_all(prose(&whole(text), width()).as_bytes());
    }
}

/// The profile that was named, with the option or in the environment.
pub(super) fn profile(global: &Global) -> Option<String> {
    let profile = global.profile.clone();
    let profile = profile.or_else(|| std::env::var("AWS_PROFILE").ok());
    profile.filter(|name| !name.is_empty())
}

/// The clients for an environment; makes no call. `http` stands in for the network.
pub(super) async fn connect(
    environment: &Environment,
    profile: Option<&str>,
    http: Option<SharedHttpClient>,
) -> Result<Aws, ConnectError> {
    let connect = Connect {
        region: environment.region.to_string(),
        profile: profile.map(str::to_owned),
        http,
        ask: None,
    };
    Aws::connect(connect, crate::blueprint::scope(environment)).await
}

/// How to write to a stream.
pub(super) fn style(global: &Global, stream: &impl IsTerminal) -> Style {
    Style {
        color: colour(global, stream),
        width: width(),
        verbose: global.verbose > 0,
    }
}

/// The environment called `name`.
pub(super) fn load(global: &Global, name: &str) -> Result<Environment, CommandError> {
    Ok(environment::load(&global.environments, name)?)
}
