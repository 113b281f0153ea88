// A real OpenID provider (npm oidc-provider) for the tests of single sign-on. Prints READY.
// node idp.mjs PORT REDIRECT_URI, with NODE_PATH-like resolution through OIDC_HOME.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const home = createRequire(process.env.OIDC_HOME + '/')
const { Provider } = await import(pathToFileURL(home.resolve('oidc-provider')).href)
const [port, redirectUri] = process.argv.slice(2)

const person = (name, more) => ({ sub: name, email: `${name}@brand.test`, email_verified: true, name: `${name} B.`, groups: [], ...more })
const users = {
  ana: person('ana', { groups: ['publisher'] }),
  bob: person('bob', { groups: ['boss', 'publisher'] }),
  mallory: person('mallory', { email: 'mallory@evil.test' }),
  vera: person('vera', { email_verified: false }),
  olga: person('olga', { email: 'olga@example.test' }),
  ada: person('ada', { email: 'ada@example.test' }),
  gus: person('gus', { email: 'gus@example.test' }),
}
const withFactor = new Set(['bob'])

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: 'engage', client_secret: 'engage-secret', redirect_uris: [redirectUri], grant_types: ['authorization_code'], response_types: ['code'] }],
  findAccount: async (_ctx, id) => users[id] && ({ accountId: id, claims: async () => users[id] }),
  claims: { openid: ['sub', 'amr'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
  scopes: ['openid', 'email', 'profile', 'groups'],
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  cookies: { keys: ['test-key'] },
})

// A form of our own instead of theirs, so that the sign-in can say how it asked (amr).
provider.use(async (ctx, next) => {
  const found = ctx.path.match(/^\/interaction\/([^/]+)$/)
  if (!found) return next()
  const { prompt, params, session } = await provider.interactionDetails(ctx.req, ctx.res)
  const login = new URL(ctx.href).searchParams.get('login')
  if (prompt.name === 'login' && !login) {
    ctx.body = `<form method="get"><input name="login"><button>Sign in</button></form>`
    return
  }
  if (prompt.name === 'login') {
    const amr = withFactor.has(login) ? ['pwd', 'mfa'] : ['pwd']
    await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: login, amr } })
    return
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id })
  grant.addOIDCScope(params.scope)
  await provider.interactionFinished(ctx.req, ctx.res, { consent: { grantId: await grant.save() } })
})
provider.on('server_error', (_ctx, error) => console.error(error))
provider.listen(Number(port), '127.0.0.1', () => console.log('READY'))
