import { library } from '../../shared/protocol/library'
import { serveService } from '../../shared/protocol/connect'
import { jobsHere } from '../ipc/jobsHere'
import { onConnect, reportFatal } from '../ipc/workerPorts'
import { openHome } from '../store/home'
import { Library } from './library'

/** The library process: catalog, datasets, reading of runs and exports, for every window of the app. */
function main(): void {
  // Leaving in order ends what an installation has started.
  process.once('SIGTERM', () => process.exit(0))
  const service = new Library(openHome(process.env.SPROUT_HOME!), jobsHere(__dirname))
  onConnect((port) => {
    const { emit, close } = serveService(library, port, service.handlers)
    const forget = service.observe(emit)
    return () => {
      forget()
      close()
    }
  })
}

try {
  main()
} catch (error) {
  reportFatal(error)
}
