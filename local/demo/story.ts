/** What happens in the demonstration, and when. Seconds count from the moment the system is ready; then it repeats. */
export interface Stage {
  readonly cutPath: () => void
  readonly healPath: () => void
  readonly killBroker: () => Promise<void>
  readonly startBroker: () => Promise<void>
  readonly shareClientId: () => void
  readonly stopSharing: () => Promise<void>
  readonly rebalance: () => void
}

export interface Chapter {
  readonly atSeconds: number
  readonly title: string
  readonly happens: (stage: Stage) => void | Promise<void>
}

export const repeatSeconds = 420

export const story: readonly Chapter[] = [
  { atSeconds: 0, title: 'Calm: devices publish; now and then one says goodbye and comes back.', happens: () => {} },
  {
    atSeconds: 35,
    title: 'The network path of one site is cut: a third of the devices drop at once. (Expect: disconnect_rate.)',
    happens: (stage) => stage.cutPath(),
  },
  {
    atSeconds: 55,
    title: 'The path is back; the devices of that site reconnect.',
    happens: (stage) => stage.healPath(),
  },
  {
    atSeconds: 75,
    title: 'Broker demo-3 is killed. Keepwatch is blind to it, which is a gap; its devices go to demo-1 and demo-2.',
    happens: async (stage) => stage.killBroker(),
  },
  {
    atSeconds: 95,
    title: 'Broker demo-3 is back, empty: long-lived connections stay where they went. (Expect: imbalance.)',
    happens: async (stage) => stage.startBroker(),
  },
  {
    atSeconds: 210,
    title: 'Two processes use the same client id, gateway-7, and throw each other out every second or so.',
    happens: (stage) => stage.shareClientId(),
  },
  {
    atSeconds: 240,
    title: 'One of the two processes is stopped; the other keeps its connection.',
    happens: async (stage) => stage.stopSharing(),
  },
  {
    atSeconds: 255,
    title:
      'Devices say goodbye and go home. (Expect: imbalance resolved; and disconnect_rate, for aedes tells no goodbye from a drop.)',
    happens: (stage) => stage.rebalance(),
  },
  { atSeconds: 300, title: 'Calm again, until the story repeats.', happens: () => {} },
]
