/** Preloaded into a container's process: ends it when whoever started it is gone, even by kill -9. */
import process from 'node:process'

// The channel closes with the parent, however that ended. It must not keep the process alive by itself.
process.on('disconnect', () => process.exit(1))
process.channel?.unref()
