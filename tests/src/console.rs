//! An operator at the console: the tarpc service over the daemon's unix socket.

use crate::desk::TestDesk;
use frontdesk_shared::action::{Action, Receipt};
use frontdesk_shared::explain::LeadExplanation;
use frontdesk_shared::rpc::{ClientInfo, ConsoleClient, MAX_FRAME_BYTES, PROTOCOL, RpcError, ServerInfo};
use std::path::Path;
use tarpc::context::{self, Context};
use tarpc::tokio_serde::formats::Json;
use tokio::net::UnixStream;
use tokio_util::codec::LengthDelimitedCodec;

/// A connected console.
#[derive(Clone, Debug)]
pub struct Operator {
    /// The service.
    pub client: ConsoleClient,
    /// What the daemon said about itself.
    pub server: ServerInfo,
}

/// A request with a deadline.
pub fn soon() -> Context {
    context::current()
}

impl Operator {
    /// Connects and says hello.
    ///
    /// # Panics
    /// When nobody answers.
    pub async fn at(socket: &Path, read_only: bool) -> Self {
        let stream = UnixStream::connect(socket).await.expect("the daemon's socket");
        let framed = LengthDelimitedCodec::builder().max_frame_length(MAX_FRAME_BYTES).new_framed(stream);
        let transport = tarpc::serde_transport::new(framed, Json::default());
        let client = ConsoleClient::new(tarpc::client::Config::default(), transport).spawn();
        let info = ClientInfo { protocol: PROTOCOL, build: "test".into(), read_only };
        let server = client.hello(soon(), info).await.expect("an answer").expect("a welcome");
        Self { client, server }
    }

    /// Previews and confirms, as the console does; the receipt or the refusal.
    ///
    /// # Errors
    /// As the daemon refuses.
    pub async fn act(&self, action: Action, request: &str) -> Result<Receipt, RpcError> {
        let preview = self.client.preview(soon(), action.clone()).await.expect("an answer")?;
        self.confirm(action, preview.token, request).await
    }

    /// Confirms with a token seen before.
    ///
    /// # Errors
    /// As the daemon refuses.
    pub async fn confirm(&self, action: Action, token: String, request: &str) -> Result<Receipt, RpcError> {
        self.client.act(soon(), action, token, request.to_owned()).await.expect("an answer")
    }

    /// Why a lead is or is not called.
    ///
    /// # Panics
    /// When the daemon refuses.
    pub async fn why(&self, lead: &str) -> LeadExplanation {
        let answer = self.client.why(soon(), lead.to_owned(), None).await.expect("an answer");
        answer.unwrap_or_else(|e| panic!("{e}"))
    }
}

impl TestDesk {
    /// An operator at this desk.
    pub async fn operator(&self) -> Operator {
        Operator::at(&self.socket(), false).await
    }

    /// Why a lead is or is not called.
    pub async fn why(&self, lead: &str) -> LeadExplanation {
        self.operator().await.why(lead).await
    }
}
