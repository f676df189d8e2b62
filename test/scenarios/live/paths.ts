/** What lies between a client and its broker: a real TCP proxy that can cut, swallow and be slow. */
import { connect, createServer, type Socket } from 'node:net'
import type { Ground } from './ground.ts'

export interface PathTraits {
  /** Cuts a connection over which nothing went for so long, as load balancers do. */
  readonly idleLimitMs?: number
  /** How late what goes to the broker, or comes from it, is handed on. Asked for each piece. */
  readonly delayMs?: () => number
}

interface Pair {
  readonly near: Socket
  readonly far: Socket
  isDead: boolean
}

/** A proxy in front of a port of this machine. */
export async function startPath({ defer }: Pick<Ground, 'defer'>, targetPort: number, traits: PathTraits = {}) {
  const pairs = new Set<Pair>()
  let isDown = false

  const server = createServer({ allowHalfOpen: false }, (near) => {
    const pair: Pair = { near, far: connect(targetPort, '127.0.0.1'), isDead: isDown }
    pairs.add(pair)
    carry(pair, near, pair.far, traits)
    carry(pair, pair.far, near, traits)
  })
  const port = await listen(server)
  defer(async () => {
    for (const { near, far } of pairs) {
      near.destroy()
      far.destroy()
    }
    await new Promise((done) => server.close(done))
  })
  return {
    port,
    /** From now on connections that stand lead nowhere: neither side hears of it. */
    swallow: () => {
      for (const pair of pairs) pair.isDead = true
    },
    /** Whoever connects from now on gets through to nobody, until `up`. */
    down: () => {
      isDown = true
      for (const pair of pairs) pair.isDead = true
    },
    up: () => {
      isDown = false
    },
    /** Ends all connections, towards both sides. */
    cut: () => {
      for (const { near, far } of pairs) {
        near.destroy()
        far.destroy()
      }
    },
    /** Ends connections towards the broker only; the client's side leads nowhere and says nothing. */
    forget: () => {
      for (const pair of pairs) {
        pair.isDead = true
        pair.far.destroy()
      }
    },
  }
}

function carry(pair: Pair, from: Socket, to: Socket, { idleLimitMs, delayMs }: PathTraits): void {
  let readyMs = 0
  from.on('error', () => undefined)
  from.on('data', (data) => {
    if (pair.isDead) return
    if (delayMs === undefined) return void to.write(data)
    // In order: nothing overtakes what came before it.
    readyMs = Math.max(readyMs, performance.now() + delayMs())
    setTimeout(() => {
      if (!pair.isDead && !to.destroyed) to.write(data)
    }, readyMs - performance.now())
  })
  // The end of one side is not told to the other over a dead path.
  from.on('close', () => {
    if (!pair.isDead) to.destroySoon()
  })
  if (idleLimitMs === undefined) return
  from.setTimeout(idleLimitMs)
  from.on('timeout', () => {
    from.end()
    to.end()
  })
}

export async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return address.port
}
