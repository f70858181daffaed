//! The portal over real services, as browsers without JavaScript meet it.

mod browser;
mod portal;

mod access_log;
mod account;
mod cookies;
mod eligible;
mod employers;
mod guard;
mod live;
mod messages;
mod operator;
mod organisations;
mod pace;
mod planner;
mod sign_in;
mod waits;
mod work;
mod worker;
