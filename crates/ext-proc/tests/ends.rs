//! How calls end, and how the processor does.

mod common;

use std::time::Duration;

use common::{CHAT, Call, PATIENCE, Served, head, observe, serve};
use envoy_types::pb::envoy::service::ext_proc::v3::HttpBody;
use envoy_types::pb::envoy::service::ext_proc::v3::external_processor_client::ExternalProcessorClient;
use envoy_types::pb::envoy::service::ext_proc::v3::processing_request::Request;
use token_tracking_core::{End, Provenance};
use token_tracking_ext_proc::{Listen, Settings};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Channel, Endpoint};

fn settings() -> Settings {
    Settings::listening_on(Listen::Tcp("127.0.0.1:0".to_owned()))
}

async fn channel(served: &Served) -> Channel {
    let url = format!("http://{}", served.address.unwrap());
    Endpoint::from_shared(url).unwrap().connect().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_body_and_trailers_are_complete_and_carry_the_counts() {
    let served = serve(settings());
    let channel = channel(&served).await;
    let mut whole = Call::begin(channel.clone()).await;
    let last = whole.body(CHAT, true).await.unwrap();
    assert!(last.dynamic_metadata.unwrap().fields.contains_key("token-tracking"));
    let mut trailed = Call::begin(channel).await;
    let first = trailed.body(&CHAT[..20], false).await.unwrap();
    assert_eq!(first.dynamic_metadata, None, "nothing is known yet");
    trailed.body(&CHAT[20..], false).await.unwrap();
    let last = trailed.trailers().await.unwrap();
    assert!(last.dynamic_metadata.unwrap().fields.contains_key("token-tracking"));
    for record in served.memory.wait_for(2, PATIENCE) {
        assert_eq!((record.end, record.provenance), (End::Complete, Provenance::Reported));
        assert_eq!((record.usage.input, record.usage.output), (Some(12), Some(34)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_half_closed_or_given_up_is_cancelled_and_keeps_what_was_seen() {
    let served = serve(settings());
    let channel = channel(&served).await;
    let mut half_closed = Call::begin(channel.clone()).await;
    half_closed.body(CHAT, false).await.unwrap();
    half_closed.messages = None;
    assert!(half_closed.answer().await.is_none(), "the processor ends the call, too");
    let mut reset = Call::begin(channel.clone()).await;
    reset.body(CHAT, false).await.unwrap();
    drop(reset);
    for record in served.memory.wait_for(2, PATIENCE) {
        assert_eq!(record.end, End::Cancelled);
        assert_eq!((record.usage.input, record.usage.output), (Some(12), Some(34)));
    }
    let before_the_head = {
        let (messages, receiver) = tokio::sync::mpsc::channel(1);
        drop(messages);
        let mut client = ExternalProcessorClient::new(channel);
        let answers = client.process(ReceiverStream::new(receiver)).await.unwrap();
        answers.into_inner().message().await.unwrap()
    };
    assert!(before_the_head.is_none());
    assert_eq!(served.memory.records().len(), 2, "what was never answered has no record");
    assert_eq!(served.control.in_flight(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_observed_ends_with_the_response() {
    let served = serve(settings());
    let channel = channel(&served).await;
    let asked = [(":method", "POST"), (":path", "/v1/chat/completions")];
    let answered = [(":status", "200"), ("content-type", "application/json")];
    let chunk = |body: &str, end_of_stream| {
        let body = HttpBody { body: body.into(), end_of_stream, ..HttpBody::default() };
        Request::ResponseBody(body)
    };
    let whole = vec![
        Request::RequestHeaders(head(&asked)),
        Request::ResponseHeaders(head(&[(":status", "103")])),
        Request::ResponseHeaders(head(&answered)),
        chunk(&CHAT[..20], false),
        chunk(&CHAT[20..], true),
    ];
    assert!(observe(channel, whole).await);
    let record = &served.memory.wait_for(1, PATIENCE)[0];
    assert_eq!((record.end, record.usage.input), (End::Complete, Some(12)));
    assert_eq!(served.control.in_flight(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orderly_end_waits_for_calls_and_cuts_them_off_in_the_end() {
    let served = serve(settings());
    let channel = channel(&served).await;
    let mut call = Call::begin(channel).await;
    assert!(served.control.is_ready() && served.control.in_flight() == 1);
    served.stop.send(()).unwrap();
    while served.control.is_ready() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    call.body(CHAT, true).await.unwrap();
    drop(call);
    served.task.await.unwrap().unwrap();
    assert_eq!(served.memory.records()[0].end, End::Complete);

    let mut hasty = settings();
    hasty.drain_timeout = Duration::from_millis(50);
    let served = serve(hasty);
    let mut call = Call::begin(self::channel(&served).await).await;
    call.body(CHAT, false).await.unwrap();
    served.stop.send(()).unwrap();
    served.task.await.unwrap().unwrap();
}
