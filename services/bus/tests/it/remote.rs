//! A consumer in another process than the log: asked by RPC, as between services.

use std::sync::Arc;

use chassis::{config::Settings, time::real_now};
use proto::{
    bus::{GetHeadsRequest, ListEventsRequest, event_log_service_client::EventLogServiceClient},
    members::{
        self, IssueServiceTokenRequest, IssueServiceTokenResponse,
        identity_service_server::{IdentityService, IdentityServiceServer},
    },
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Request, Response, Status, transport::Server};

use crate::harness::{Harness, Recorder, Replica, SOURCE, randomness, storm, subject_in, wait_until, write};

/// Members, as far as a service needs it for its own token. Nothing behind it looks at the token.
struct Identity;

#[tonic::async_trait]
impl IdentityService for Identity {
    async fn issue_service_token(&self, _: Request<IssueServiceTokenRequest>) -> Result<Response<IssueServiceTokenResponse>, Status> {
        let expires_at = real_now().plus(std::time::Duration::from_secs(600)).to_proto();
        Ok(Response::new(IssueServiceTokenResponse { token: "token".to_owned(), expires_at: Some(expires_at) }))
    }

    async fn create_region(&self, _: Request<members::CreateRegionRequest>) -> Result<Response<members::CreateRegionResponse>, Status> {
        Err(not_here())
    }

    async fn list_regions(&self, _: Request<members::ListRegionsRequest>) -> Result<Response<members::ListRegionsResponse>, Status> {
        Err(not_here())
    }

    async fn sign_in(&self, _: Request<members::SignInRequest>) -> Result<Response<members::SignInResponse>, Status> {
        Err(not_here())
    }

    async fn redeem_invitation(
        &self,
        _: Request<members::RedeemInvitationRequest>,
    ) -> Result<Response<members::RedeemInvitationResponse>, Status> {
        Err(not_here())
    }

    async fn renew_session(&self, _: Request<members::RenewSessionRequest>) -> Result<Response<members::RenewSessionResponse>, Status> {
        Err(not_here())
    }

    async fn sign_out(&self, _: Request<members::SignOutRequest>) -> Result<Response<members::SignOutResponse>, Status> {
        Err(not_here())
    }

    async fn get_signing_keys(
        &self,
        _: Request<members::GetSigningKeysRequest>,
    ) -> Result<Response<members::GetSigningKeysResponse>, Status> {
        Err(not_here())
    }

    async fn get_me(&self, _: Request<members::GetMeRequest>) -> Result<Response<members::GetMeResponse>, Status> {
        Err(not_here())
    }

    async fn create_user(&self, _: Request<members::CreateUserRequest>) -> Result<Response<members::CreateUserResponse>, Status> {
        Err(not_here())
    }

    async fn invite_again(&self, _: Request<members::InviteAgainRequest>) -> Result<Response<members::InviteAgainResponse>, Status> {
        Err(not_here())
    }

    async fn end_sessions(&self, _: Request<members::EndSessionsRequest>) -> Result<Response<members::EndSessionsResponse>, Status> {
        Err(not_here())
    }

    async fn list_sessions(&self, _: Request<members::ListSessionsRequest>) -> Result<Response<members::ListSessionsResponse>, Status> {
        Err(not_here())
    }

    async fn list_revocations(
        &self,
        _: Request<members::ListRevocationsRequest>,
    ) -> Result<Response<members::ListRevocationsResponse>, Status> {
        Err(not_here())
    }
}

fn not_here() -> Status {
    Status::permission_denied("not in this test")
}

/// Serves the log of a replica in the replica's own runtime, so that both die together.
async fn serve(replica: &Replica, listener: TcpListener) {
    let listener = listener.into_std().expect("a listener");
    replica
        .within(move |bus, frame| {
            let listener = TcpListener::from_std(listener).expect("a listener");
            let server = Server::builder().add_service(bus.event_log()).add_service(IdentityServiceServer::new(Identity));
            frame.shutdown.spawn(server.serve_with_incoming_shutdown(TcpListenerStream::new(listener), frame.shutdown.cancelled()));
        })
        .await;
}

/// The settings of a process that finds everything at this address.
fn consumer_settings(harness: &Harness, listener: &TcpListener) -> Settings {
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    Settings { members_url: Some(url.clone()), flexpool_url: Some(url), service_secret: Some("secret".into()), ..harness.settings() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_in_another_process_follows_and_survives_the_producers_absence() {
    let harness = Harness::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let settings = consumer_settings(&harness, &listener);
    let producer = harness.replica(None).await;
    serve(&producer, listener).await;
    let mut rng = randomness();
    storm(&producer.producer, harness.region, &mut rng, 20).await;
    // Everything that was there before comes over RPC only.
    let consumer = harness.replica_with(settings, false, Some(Arc::new(Recorder))).await;
    harness.assert_exactly_once().await;
    storm(&producer.producer, harness.region, &mut rng, 20).await;
    harness.assert_exactly_once().await;
    producer.kill();
    let again = harness.replica(None).await;
    storm(&again.producer, harness.region, &mut rng, 20).await;
    let listener = wait_until("the port", async || TcpListener::bind(address).await.map_err(|error| error.to_string())).await;
    serve(&again, listener).await;
    harness.assert_exactly_once().await;
    consumer.stop().await;
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_answers_by_rpc_in_pages_and_refuses_what_it_does_not_know() {
    let harness = Harness::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let replica = harness.replica(None).await;
    serve(&replica, listener).await;
    write(&replica.producer, harness.region, &[subject_in(7); 5]).await;
    let mut client = EventLogServiceClient::connect(url).await.expect("connected");
    let heads = GetHeadsRequest { source: SOURCE.to_owned() };
    wait_until("positions", async || {
        let heads = client.get_heads(heads.clone()).await.map_err(|status| status.to_string())?.into_inner().heads;
        if heads.len() == 16 && heads[7] == 5 { Ok(()) } else { Err(format!("{heads:?}")) }
    })
    .await;
    let list = |after, page_size| ListEventsRequest { source: SOURCE.to_owned(), partition: 7, after, page_size };
    for (request, expected) in [(list(0, 0), vec![1, 2, 3, 4, 5]), (list(1, 2), vec![2, 3]), (list(5, 0), vec![]), (list(4, 5000), vec![5])]
    {
        let answer = client.list_events(request).await.expect("listed").into_inner();
        assert_eq!(answer.head, 5);
        assert_eq!(answer.events.iter().map(|event| event.position).collect::<Vec<_>>(), expected);
    }
    let wrong = [
        ListEventsRequest { source: "members".to_owned(), ..list(0, 0) },
        ListEventsRequest { partition: 16, ..list(0, 0) },
        ListEventsRequest { partition: -1, ..list(0, 0) },
        list(-1, 0),
        list(0, -1),
    ];
    for request in wrong {
        let status = client.list_events(request.clone()).await.expect_err("refused");
        assert_eq!(status.code(), Code::InvalidArgument, "{request:?}");
    }
    let unknown = GetHeadsRequest { source: "nobody".to_owned() };
    assert_eq!(client.get_heads(unknown).await.expect_err("refused").code(), Code::InvalidArgument);
    replica.stop().await;
}

#[test]
fn every_rpc_of_the_log_has_its_row_of_access() {
    assert_eq!(chassis::auth::mistakes("regiopool.bus.v1", bus::access()), Vec::<String>::new());
}
