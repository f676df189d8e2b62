/** What happens in the demonstration, when, and which alerts it must give. Seconds count from the moment the system is ready. */
export interface Stage {
  readonly cutSite: () => void
  readonly healSite: () => void
  readonly blindWatcher: () => void
  readonly healWatcher: () => void
  readonly startWatchdog: () => void
  readonly stopWatchdog: () => void
  readonly unplugPump: () => void
  readonly plugInPump: () => void
  readonly shareClientId: () => void
  readonly stopSharing: () => Promise<void>
  readonly deliverRevoked: () => void
  readonly withdrawRevoked: () => Promise<void>
  readonly loop: () => void
  readonly stopLooping: () => void
  readonly receiveVisitors: () => void
  readonly seeVisitorsOff: () => Promise<void>
  readonly hush: () => void
  readonly loseClients: () => void
  readonly restart: () => Promise<void>
  readonly goHome: () => void
}

export interface Chapter {
  readonly atSeconds: number
  readonly title: string
  /** Kinds of alerts that this brings, a minute or four later. */
  readonly expects?: readonly string[]
  readonly happens: (stage: Stage) => void | Promise<void>
}

export const story: readonly Chapter[] = [
  { atSeconds: 0, title: 'Calm: devices publish; now and then one says goodbye and comes back.', happens: () => {} },
  {
    atSeconds: 40,
    title: 'The network path of the north site is cut: half of the devices drop at once.',
    expects: ['disconnect_rate'],
    happens: (stage) => stage.cutSite(),
  },
  {
    atSeconds: 60,
    title: 'The path is back; the devices of the north reconnect.',
    happens: (stage) => stage.healSite(),
  },
  {
    atSeconds: 75,
    title: 'Keepwatch cannot reach demo-3 any more, though its devices can: from now on that is a gap in the record.',
    expects: ['watcher_blind'],
    happens: (stage) => stage.blindWatcher(),
  },
  {
    atSeconds: 76,
    title: 'A watchdog in the software of truck-12 tears its connection down every nine seconds.',
    expects: ['flapping'],
    happens: (stage) => stage.startWatchdog(),
  },
  {
    atSeconds: 150,
    title: 'pump-1, a client that is watched by name, is unplugged. The truck is put right.',
    expects: ['client_offline'],
    happens: (stage) => {
      stage.unplugPump()
      stage.stopWatchdog()
    },
  },
  { atSeconds: 285, title: 'Keepwatch reaches demo-3 again.', happens: (stage) => stage.healWatcher() },
  {
    atSeconds: 300,
    title: 'Two processes use the client id gateway-7: whenever one connects, the other is thrown out.',
    expects: ['takeover_loop'],
    happens: (stage) => stage.shareClientId(),
  },
  { atSeconds: 360, title: 'pump-1 is plugged in again.', happens: (stage) => stage.plugInPump() },
  {
    atSeconds: 380,
    title: 'A dozen sensors try to log in to demo-3 with a password that was revoked.',
    expects: ['refused_rate'],
    happens: (stage) => stage.deliverRevoked(),
  },
  {
    atSeconds: 410,
    title: 'One of the two processes of gateway-7 is stopped.',
    happens: async (stage) => stage.stopSharing(),
  },
  {
    atSeconds: 430,
    title: 'An update makes 25 devices of demo-1 connect, say goodbye and connect again, every five seconds.',
    expects: ['reconnect_storm'],
    happens: async (stage) => {
      stage.loop()
      await stage.withdrawRevoked()
    },
  },
  {
    atSeconds: 440,
    title: 'The revoked sensors are off. 16 visitors come to demo-2, which may have 125 connections.',
    expects: ['resources'],
    happens: (stage) => stage.receiveVisitors(),
  },
  { atSeconds: 490, title: 'The update is taken back.', happens: (stage) => stage.stopLooping() },
  { atSeconds: 630, title: 'The visitors leave demo-2.', happens: async (stage) => stage.seeVisitorsOff() },
  { atSeconds: 640, title: 'demo-2 hangs: it tells of its clients no more.', happens: (stage) => stage.hush() },
  {
    atSeconds: 705,
    title: 'demo-2 loses its clients without a word; they crowd on demo-1 and demo-3.',
    expects: ['broker_silent', 'imbalance'],
    happens: (stage) => stage.loseClients(),
  },
  {
    atSeconds: 845,
    title: 'demo-2 is started again, empty: connections stay where they went.',
    happens: async (stage) => stage.restart(),
  },
  { atSeconds: 930, title: 'Devices say goodbye and go home to demo-2.', happens: (stage) => stage.goHome() },
  { atSeconds: 990, title: 'Calm for an hour, without an alert. Then the story repeats.', happens: () => {} },
]

/** When the last chapter, in which nothing happens, is over. */
export const repeatSeconds = 990 + 3600
