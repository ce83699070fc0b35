import { probeDevice } from '../devices/probeJob'
import { offer, serveJobs } from '../ipc/serveJobs'
import { tryModule } from '../runtime/tensorflow/tryJob'
import { rehearseStage } from '../rehearsal/stageJob'

/** The job program: does one job in a process of its own. Each kind's work is loaded when it is asked for. */
serveJobs([
  offer(probeDevice, async () => (await import('../devices/probeHandler')).handleProbeDevice),
  offer(tryModule, async () => (await import('../runtime/tensorflow/tryHandler')).handleTryModule),
  offer(rehearseStage, async () => (await import('../rehearsal/stageHandler')).handleRehearseStage),
])
