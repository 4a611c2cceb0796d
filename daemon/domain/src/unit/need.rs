//! Facts by name: what a decision asks for before it can go on.

use frontdesk_shared::{AppointmentId, CallId, ClientId, JobId, LeadId, MessageId};

/// One fact that was not loaded. The flow loads it and decides again from the start, so a
/// question nobody foresaw costs a round, never a wrong answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// Whether dialing is paused for the installation, and why.
    Paused,
    /// A client.
    Client(ClientId),
    /// The client of an organisation id.
    Agent(String),
    /// Clients whose settings mention a text.
    Mentioning(String),
    /// The client of an installation that has only one.
    OnlyClient,
    /// The countries of clients.
    Countries,
    /// A call.
    Call(CallId),
    /// The call of a provider's id.
    ProviderCall(String),
    /// Calls made as one attempt of a lead: lead, enquiry, attempt.
    Attempt(LeadId, i64, i64),
    /// Open calls with a lead.
    OpenCalls(LeadId),
    /// Answers given to the tools of a provider's call.
    Tools(String),
    /// The slot booked in a call.
    BookedIn(CallId),
    /// Booked times of a client, read under the lock that keeps two calls off one slot.
    Booked(ClientId),
    /// A lead.
    Lead(LeadId),
    /// A client's lead of an identity.
    LeadOf(ClientId, String),
    /// Every client's leads of an identity.
    LeadsOf(String),
    /// A lead's consents.
    Consents(LeadId),
    /// Suppressions of an address, whosever.
    Suppressions(String),
    /// What do-not-call lists say of a number.
    Screenings(String),
    /// Contacts with a lead.
    Contacts(LeadId),
    /// A job.
    Job(JobId),
    /// The call a job placed and has not heard the end of.
    PlacingOf(JobId),
    /// Jobs of a lead that are not over.
    OpenJobs(LeadId),
    /// How a provider behaved for a client.
    Breaker(&'static str, ClientId),
    /// An appointment.
    Appointment(AppointmentId),
    /// Booked appointments of a lead that have not begun.
    Upcoming(LeadId),
    /// A client's calendar.
    Calendar(ClientId),
    /// Times that a client's calendar takes.
    Taken(ClientId),
    /// Everything that is known of a client's calendar.
    Mirror(ClientId),
    /// A client's appointments that have an event and are not long over.
    Diary(ClientId),
    /// The event of an appointment.
    EventOf(AppointmentId),
    /// A message.
    Message(MessageId),
    /// The message of a provider's id.
    ProviderMessage(&'static str, String),
    /// The message a job is sending.
    SendingOf(JobId),
    /// The last text sent to a lead.
    LastText(LeadId),
    /// When a lead last wrote.
    LastReply(LeadId),
    /// What was written to a lead in the last day about appointments, by channel.
    WrittenLately(LeadId),
    /// How many messages were sent about an appointment.
    SentAbout(AppointmentId),
    /// A stored delivery of a provider's event.
    Delivery(&'static str, String),
}

/// Why a decision was not reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// A fact is missing.
    Need(Need),
    /// Another daemon has the job: whatever this run decided must not stay.
    LeaseLost,
}

/// A decision, or what it lacks.
pub type Decided<T> = Result<T, Halt>;
