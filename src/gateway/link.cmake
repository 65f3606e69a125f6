# What the supervisor shares with the gateway process: the link's messages and the trust stores.
bailey_room(gateway_link SOURCES link_protocol.cc trust_store.cc DEPS json base)
