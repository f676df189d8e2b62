/** Names of tables' keys and indexes. The stacks create what is named here; nothing else may spell these. */
export const keys = {
  events: { partition: 'clusterClient', sort: 'atBrokerId', ttl: 'expiresAt' },
  eventsByBroker: { index: 'byBroker', partition: 'clusterBrokerShard', sort: 'atId' },
  minutes: { partition: 'clusterBroker', sort: 'minute', ttl: 'expiresAt' },
  samples: { partition: 'clusterBroker', sort: 'atName', ttl: 'expiresAt' },
  state: { partition: 'cluster', sort: 'name', ttl: 'expiresAt' },
  alerts: { partition: 'cluster', sort: 'id', ttl: 'expiresAt' },
  alertsByStatus: { index: 'byStatus', partition: 'status', sort: 'openedAtId' },
  alertsByTime: { index: 'byTime', partition: 'all', sort: 'openedAtId' },
} as const
