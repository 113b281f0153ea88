// The AT Protocol's own servers on loopback: directory, server (PDS), AppView, Ozone.
// Ports BASE to BASE+4; BASE+9 lets a test wait until all of them have seen what was written.
import fs from 'node:fs'
import http from 'node:http'
import { TestNetwork } from '@atproto/dev-env'

const base = Number(process.env.AT_BASE)
const network = await TestNetwork.create({
  plc: { port: base },
  pds: { port: base + 1, hostname: 'localhost', enableDidDocWithSession: true },
  bsky: { port: base + 2, publicUrl: `http://localhost:${base + 2}` },
  ozone: { port: base + 3 },
  introspect: { port: base + 4 },
})
http
  .createServer(async (request, response) => {
    try {
      if (request.url === '/process-all') await network.processAll()
      response.end('{}')
    } catch (error) {
      response.statusCode = 500
      response.end(String(error))
    }
  })
  .listen(base + 9, '127.0.0.1')
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, async () => {
  await network.close().catch(() => {})
  process.exit(0)
})
fs.writeFileSync(
  process.env.AT_READY,
  JSON.stringify({ pds: network.pds.url, control: `http://127.0.0.1:${base + 9}` }),
)
