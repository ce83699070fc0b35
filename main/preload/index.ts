import { contextBridge, ipcRenderer, webUtils } from 'electron'

/** Electron before 29 kept a file's path on the file itself. */
type FileWithPath = File & { readonly path?: string }

contextBridge.exposeInMainWorld('sprout', {
  connect: (): void => ipcRenderer.send('connect'),
  pathOf: (file: File): string =>
    webUtils === undefined ? ((file as FileWithPath).path ?? '') : webUtils.getPathForFile(file),
})

ipcRenderer.on('port', (event, { name }: { name: string }) => {
  window.postMessage({ kind: 'sprout-port', name }, window.location.origin, event.ports)
})
