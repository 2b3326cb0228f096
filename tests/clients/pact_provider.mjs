// A provider verified by pact-js: node pact_provider.mjs PROVIDER_URL STATES_URL|- PACT... Exit status 0 where it fits.
import { Verifier } from '@pact-foundation/pact'

const [providerBaseUrl, states, ...pactUrls] = process.argv.slice(2)
try {
  await new Verifier({ providerBaseUrl, pactUrls, logLevel: 'error', ...(states === '-' ? {} : { providerStatesSetupUrl: states }) }).verifyProvider()
} catch (e) {
  console.error(e.message)
  process.exit(1)
}
