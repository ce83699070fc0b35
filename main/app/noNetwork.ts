import { app, type Session } from 'electron'

/** What the window loads: the app's own files, and what the page made itself. */
const OWN = new Set(['app:', 'blob:', 'data:'])

/** Chromium's own services, and what it would ask a network for, one switch each. */
const SWITCHES: readonly (readonly [name: string, value?: string])[] = [
  ['disable-background-networking'],
  ['disable-component-update'],
  ['disable-domain-reliability'],
  ['no-pings'],
  // No name has an address.
  ['host-resolver-rules', 'MAP * ~NOTFOUND'],
  // All that goes out, goes by way of a place on this machine where nobody is; nor is the network asked for a proxy.
  ['proxy-server', '127.0.0.1:9'],
  ['proxy-bypass-list', '<-loopback>'],
  // Calls between pages, which are no requests: by that proxy alone, and without telling the neighbourhood of them.
  ['force-webrtc-ip-handling-policy', 'disable_non_proxied_udp'],
  ['disable-features', 'WebRtcHideLocalIpsWithMdns'],
]

/** Ways into an installed app for whoever starts it with them. */
const WAYS_IN = ['remote-debugging-port', 'remote-debugging-pipe', 'load-extension']

/**
 * Takes the network away from Chromium, which Sprout needs for nothing: an engine, when a person adds it, is downloaded
 * by programs of its own. Must be called before Electron is ready.
 */
export function switchNetworkOff(): void {
  for (const [name, value] of SWITCHES) app.commandLine.appendSwitch(name, value ?? '')
  if (app.isPackaged) for (const name of WAYS_IN) app.commandLine.removeSwitch(name)
}

/** Refuses every request of `session` but those for the app's own files; `development` lets the developer tools load. */
export function refuseRequests(session: Session, development: boolean): void {
  session.webRequest.onBeforeRequest(({ url }, decide) => {
    const { protocol } = new URL(url)
    decide({ cancel: !OWN.has(protocol) && !(development && protocol === 'devtools:') })
  })
}
