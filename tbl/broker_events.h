/* What a webhook of the broker can listen to: symbol, name, meaning. */
EVENT_ROW(PACT_PUBLISHED, "contract_published", "A pact was published, whether or not it is new")
EVENT_ROW(CONTENT_CHANGED, "contract_content_changed", "A pact was published whose content differs from the last of its branch, or has a new tag")
EVENT_ROW(VERIFICATION_REQUIRED, "contract_requiring_verification_published", "A pact was published that a deployed, released or main version of its provider has not verified")
EVENT_ROW(VERIFIED, "provider_verification_published", "The result of a verification was published")
EVENT_ROW(VERIFIED_WELL, "provider_verification_succeeded", "A verification succeeded")
EVENT_ROW(VERIFIED_BADLY, "provider_verification_failed", "A verification failed")
