//! The host of guild.
