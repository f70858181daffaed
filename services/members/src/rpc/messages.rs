//! What people are told.

use chassis::{
    auth,
    error::{Error, Result as Outcome},
};
use proto::members::{
    GetMessageSettingsRequest, GetMessageSettingsResponse, ListMessagesRequest, ListMessagesResponse, MarkReadRequest, MarkReadResponse,
    NotifyRequest, NotifyResponse, SetMessageSettingsRequest, SetMessageSettingsResponse, UnsubscribeRequest, UnsubscribeResponse,
    message_service_server::MessageService,
};
use tonic::{Request, Response, Status, async_trait};

use super::{Rpc, convert};
use crate::app::messages as app;

#[async_trait]
impl MessageService for Rpc {
    /// The key is what makes a repetition harmless, for longer than a request id is kept.
    async fn notify(&self, request: Request<NotifyRequest>) -> Result<Response<NotifyResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let new = convert::notify(request.get_ref())?;
        let id = self.db.retry(|| async {
            let txn = self.db.begin().await?;
            let id = app::notify(&txn, &call, new.clone()).await?;
            self.db.commit(txn).await?;
            Ok(id)
        });
        Ok(Response::new(NotifyResponse { id: id.await?.map(|id| id.to_string()).unwrap_or_default() }))
    }

    async fn list_messages(&self, request: Request<ListMessagesRequest>) -> Result<Response<ListMessagesResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let page = convert::list_messages(request.get_ref())?;
        let (messages, next_page_token, unread) = app::list(&self.db, &call, &page).await?;
        let (messages, unread) = (messages.iter().map(convert::told).collect(), i32::try_from(unread).unwrap_or(i32::MAX));
        Ok(Response::new(ListMessagesResponse { messages, next_page_token, unread }))
    }

    async fn mark_read(&self, request: Request<MarkReadRequest>) -> Result<Response<MarkReadResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::mark_read(&message)?;
        self.change(call, "MessageService/MarkRead", &message, command, |txn, call, ids| async move {
            app::mark_read(&txn, &call, &ids).await?;
            Ok((txn, MarkReadResponse {}))
        })
        .await
    }

    async fn get_message_settings(
        &self,
        request: Request<GetMessageSettingsRequest>,
    ) -> Result<Response<GetMessageSettingsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let settings = app::settings(self.db.read(), &call).await?;
        Ok(Response::new(GetMessageSettingsResponse { settings: Some(convert::message_settings(&settings)) }))
    }

    async fn set_message_settings(
        &self,
        request: Request<SetMessageSettingsRequest>,
    ) -> Result<Response<SetMessageSettingsResponse>, Status> {
        let call = auth::call(&request, &self.clock)?;
        let message = request.into_inner();
        let command = convert::set_message_settings(&message)?;
        self.change(call, "MessageService/SetMessageSettings", &message, command, |txn, call, settings| async move {
            let settings = app::set(&txn, &call, settings).await?;
            Ok((txn, SetMessageSettingsResponse { settings: Some(convert::message_settings(&settings)) }))
        })
        .await
    }

    async fn unsubscribe(&self, request: Request<UnsubscribeRequest>) -> Result<Response<UnsubscribeResponse>, Status> {
        let made = self.codes.unsubscribed(&request.get_ref().token);
        let (region, user, kind) = made.ok_or_else(|| Error::invalid("token", "is not a token of a mail"))?;
        let stopped = self.db.retry(|| async {
            let txn = self.db.begin().await?;
            app::unsubscribe(&txn, region, user, kind).await?;
            let done: Outcome<()> = self.db.commit(txn).await;
            done
        });
        stopped.await?;
        Ok(Response::new(UnsubscribeResponse { kind: kind.number() }))
    }
}
