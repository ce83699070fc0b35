import { serveJobs } from '../ipc/serveJobs'

/** The job program: does one job in a process of its own. Each kind's work is loaded when it is asked for. */
serveJobs([])
