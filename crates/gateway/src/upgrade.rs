//! WebSockets: passed through both ways, untracked, with a record that says so.

use http::header::{CONNECTION, HeaderValue, UPGRADE};
use http::{HeaderMap, Response, StatusCode};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use token_tracking_core::{End, SinkMeter};
use tokio::sync::watch;

use crate::answer::Answer;
use crate::headers;
use crate::limits::Place;

const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");

/// Asks for it, in a request to a target or in an answer to a client.
pub(crate) fn ask(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, WEBSOCKET);
}

/// Whether a target agreed to a WebSocket.
pub(crate) fn agreed(response: &Response<Incoming>) -> bool {
    response.status() == StatusCode::SWITCHING_PROTOCOLS
        && headers::upgrade(response.headers()).as_deref() == Some("websocket")
}

/// The two ends of a WebSocket, before either has switched to it.
pub(crate) struct Tunnel {
    pub(crate) client: OnUpgrade,
    pub(crate) meter: Option<SinkMeter>,
    /// Says when the gateway cuts off what is still open.
    pub(crate) closing: watch::Receiver<bool>,
    pub(crate) place: Place,
}

impl Tunnel {
    /// Answers the client, and passes bytes from then on until one of the two is gone.
    pub(crate) fn open(self, mut response: Response<Incoming>) -> Response<Answer> {
        let target = hyper::upgrade::on(&mut response);
        let mut head = response.into_parts().0;
        headers::to_client(&mut head.headers);
        ask(&mut head.headers);
        head.extensions.clear();
        tokio::spawn(self.pass(target));
        Response::from_parts(head, Answer::own(""))
    }

    async fn pass(self, target: OnUpgrade) {
        let Self { client, meter, mut closing, place } = self;
        let passing = async {
            let (client, target) = tokio::try_join!(client, target).map_err(drop)?;
            let (mut client, mut target) = (TokioIo::new(client), TokioIo::new(target));
            tokio::io::copy_bidirectional(&mut client, &mut target).await.map_err(drop)
        };
        let passed = tokio::select! {
            passed = passing => passed.is_ok(),
            _ = closing.wait_for(|closing| *closing) => false,
        };
        if let Some(meter) = meter {
            meter.finish(if passed { End::Complete } else { End::Cancelled });
        }
        drop(place);
    }
}
