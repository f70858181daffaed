//! Regions, users and sessions.

use chassis::{
    auth,
    caller::{Call, Caller, Subject},
    error::{Error, Result},
    ids::RegionId,
    time::{Timestamp, real_now},
};
use proto::members::{
    CreateRegionRequest, CreateRegionResponse, CreateUserRequest, CreateUserResponse, EndSessionsRequest, EndSessionsResponse,
    GetMeRequest, GetMeResponse, GetSigningKeysRequest, GetSigningKeysResponse, InviteAgainRequest, InviteAgainResponse,
    IssueServiceTokenRequest, IssueServiceTokenResponse, ListRegionsRequest, ListRegionsResponse, ListRevocationsRequest,
    ListRevocationsResponse, ListSessionsRequest, ListSessionsResponse, Reason, RedeemInvitationRequest, RedeemInvitationResponse,
    RenewSessionRequest, RenewSessionResponse, SignInRequest, SignInResponse, SignOutRequest, SignOutResponse,
    identity_service_server::IdentityService,
};
use tonic::{Request, Response, Status, async_trait};

use super::{Rpc, convert};
use crate::{
    app::{self, identity::Known},
    domain::identity::{Region, Session, TOKEN_TTL, organisations as organisations_of},
    events, secrets,
    store::{organisations, refusal, regions},
};

impl Rpc {
    /// The region of this slug or id.
    async fn region(&self, name: &str) -> Result<Option<Region>> {
        match name.parse::<RegionId>() {
            Ok(id) => regions::find(self.db.read(), id).await,
            Err(_) => regions::find_by_slug(self.db.read(), name).await,
        }
    }

    /// A token of ten minutes and when it ends (D14).
    fn token(&self, caller: &Caller, session: Option<&Session>) -> Result<(String, Timestamp)> {
        let sid = session.map(|session| events::sid(session.id));
        let expires_at = real_now().plus(TOKEN_TTL);
        Ok((self.signer.sign(caller, TOKEN_TTL, sid.as_deref())?, expires_at))
    }

    fn session(&self, known: &Known, session: &Session, secret: String) -> Result<proto::members::Session> {
        let (token, expires_at) = self.token(&known.caller(), Some(session))?;
        Ok(convert::session(known, secret, token, expires_at))
    }

    /// The code with which the user of an answer was invited, which the saved answer does not hold.
    async fn code_of(&self, region: RegionId, user: Option<&proto::members::User>) -> Result<String> {
        let user = user.and_then(|user| user.id.parse().ok()).ok_or_else(|| Error::internal("an answer without its user"))?;
        let code = app::identity::invitation_code(self.db.read(), &self.codes, region, user).await?;
        Ok(code.map(|code| code.shown()).unwrap_or_default())
    }
}

#[async_trait]
impl IdentityService for Rpc {
    async fn create_region(&self, request: Request<CreateRegionRequest>) -> Result<Response<CreateRegionResponse>, Status> {
        let call = auth::call_outside(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::create_region(&message)?;
        self.change(call, "IdentityService/CreateRegion", &message, command, |txn, call, new| async move {
            let region = app::identity::create_region(&txn, call.now, new).await?;
            Ok((txn, CreateRegionResponse { region: Some(convert::region(&region)) }))
        })
        .await
    }

    async fn list_regions(&self, _: Request<ListRegionsRequest>) -> Result<Response<ListRegionsResponse>, Status> {
        let regions = regions::list(self.db.read()).await?;
        Ok(Response::new(ListRegionsResponse { regions: regions.iter().map(convert::region).collect() }))
    }

    async fn issue_service_token(&self, request: Request<IssueServiceTokenRequest>) -> Result<Response<IssueServiceTokenResponse>, Status> {
        let asked = convert::issue_service_token(request.get_ref())?;
        let expected = self.settings.service_secret.as_ref();
        if !expected.is_some_and(|expected| secrets::same(&asked.secret, expected.expose())) {
            return Err(Error::Unauthenticated(refusal(Reason::SecretInvalid)).into());
        }
        let region = match asked.region {
            Some(region) => Some(self.region(&region).await?.ok_or(Error::NotFound("region"))?.id),
            None => None,
        };
        if let Some(region) = region {
            organisations::require_all(self.db.read(), region, &organisations_of(&asked.grants)).await?;
        }
        let caller = Caller { subject: Subject::Client(asked.client), region, grants: asked.grants, worker: None };
        let (token, expires_at) = self.token(&caller, None)?;
        Ok(Response::new(IssueServiceTokenResponse { token, expires_at: Some(expires_at.to_proto()) }))
    }

    async fn sign_in(&self, request: Request<SignInRequest>) -> Result<Response<SignInResponse>, Status> {
        let id_token = convert::sign_in(request.get_ref())?;
        let identity = self.provider.identity(&id_token).await?;
        let (known, session, secret) = app::identity::sign_in(&self.db, &identity).await?;
        Ok(Response::new(SignInResponse { session: Some(self.session(&known, &session, secret)?) }))
    }

    async fn redeem_invitation(&self, request: Request<RedeemInvitationRequest>) -> Result<Response<RedeemInvitationResponse>, Status> {
        let (id_token, code) = convert::redeem_invitation(request.get_ref())?;
        let identity = self.provider.identity(&id_token).await?;
        self.code_tries.count(identity.clone())?;
        let now = self.clock.now();
        let redeemed = self.db.retry(|| async {
            let txn = self.db.begin().await?;
            let redeemed = app::identity::redeem(&txn, now, &identity, code.as_ref()).await?;
            self.db.commit(txn).await?;
            Ok(redeemed)
        });
        let (known, session, secret) = redeemed.await?;
        Ok(Response::new(RedeemInvitationResponse { session: Some(self.session(&known, &session, secret)?) }))
    }

    async fn renew_session(&self, request: Request<RenewSessionRequest>) -> Result<Response<RenewSessionResponse>, Status> {
        let secret = convert::session_secret(&request.get_ref().secret)?;
        let (known, session) = app::identity::renew(&self.db, &secret).await?;
        Ok(Response::new(RenewSessionResponse { session: Some(self.session(&known, &session, secret)?) }))
    }

    async fn sign_out(&self, request: Request<SignOutRequest>) -> Result<Response<SignOutResponse>, Status> {
        let secret = convert::session_secret(&request.get_ref().secret)?;
        let now = self.clock.now();
        let signed_out = self.db.retry(|| async {
            let txn = self.db.begin().await?;
            app::identity::sign_out(&txn, now, &secret).await?;
            self.db.commit(txn).await
        });
        signed_out.await?;
        Ok(Response::new(SignOutResponse {}))
    }

    async fn get_signing_keys(&self, _: Request<GetSigningKeysRequest>) -> Result<Response<GetSigningKeysResponse>, Status> {
        Ok(Response::new(GetSigningKeysResponse { jwks: self.signer.jwks() }))
    }

    async fn get_me(&self, request: Request<GetMeRequest>) -> Result<Response<GetMeResponse>, Status> {
        let known = app::identity::me(self.db.read(), auth::caller(&request)?).await?;
        Ok(Response::new(GetMeResponse { user: Some(convert::user(&known)) }))
    }

    async fn create_user(&self, request: Request<CreateUserRequest>) -> Result<Response<CreateUserResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let region = call.region;
        let message = request.into_inner();
        let command = convert::create_user(&message)?;
        let codes = self.codes.clone();
        let work = move |txn, call: Call, (new, identity)| {
            let codes = codes.clone();
            async move {
                let known = app::identity::create_user(&txn, &call, &codes, new, identity).await?;
                // The saved answer holds no code: of a code only the hash is kept.
                Ok((txn, CreateUserResponse { user: Some(convert::user(&known)), invitation_code: String::new() }))
            }
        };
        let mut answer = self.change(call, "IdentityService/CreateUser", &message, command, work).await?;
        answer.get_mut().invitation_code = self.code_of(region, answer.get_ref().user.as_ref()).await?;
        Ok(answer)
    }

    async fn invite_again(&self, request: Request<InviteAgainRequest>) -> Result<Response<InviteAgainResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let region = call.region;
        let message = request.into_inner();
        let command = convert::invite_again(&message)?;
        let codes = self.codes.clone();
        let work = move |txn, call: Call, who| {
            let codes = codes.clone();
            async move {
                let known = app::identity::invite_again(&txn, &call, &codes, who).await?;
                Ok((txn, InviteAgainResponse { user: Some(convert::user(&known)), invitation_code: String::new() }))
            }
        };
        let mut answer = self.change(call, "IdentityService/InviteAgain", &message, command, work).await?;
        answer.get_mut().invitation_code = self.code_of(region, answer.get_ref().user.as_ref()).await?;
        Ok(answer)
    }

    async fn end_sessions(&self, request: Request<EndSessionsRequest>) -> Result<Response<EndSessionsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::end_sessions(&message)?;
        self.change(call, "IdentityService/EndSessions", &message, command, |txn, call, which| async move {
            let ended = app::identity::end_sessions(&txn, &call, which).await?;
            Ok((txn, EndSessionsResponse { ended: i32::try_from(ended).unwrap_or(i32::MAX) }))
        })
        .await
    }

    async fn list_sessions(&self, request: Request<ListSessionsRequest>) -> Result<Response<ListSessionsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let open = app::identity::open_sessions(self.db.read(), &call).await?;
        let sessions = open.iter().map(|session| convert::open_session(session, auth::session(&request))).collect();
        Ok(Response::new(ListSessionsResponse { sessions }))
    }

    async fn list_revocations(&self, request: Request<ListRevocationsRequest>) -> Result<Response<ListRevocationsResponse>, Status> {
        let page = convert::list_revocations(request.get_ref())?;
        let (ended, next_page_token) = app::identity::revocations(self.db.read(), &page).await?;
        let revocations = ended.iter().map(convert::revocation).collect();
        Ok(Response::new(ListRevocationsResponse { revocations, next_page_token }))
    }
}
