/** The part of the browser's trusted types that is used here. */
type Policies = {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): unknown
}

/**
 * Lets threads begin with the app's own files, whose addresses are text; no other text becomes the address of code, and
 * none becomes code. To be called once, before the first thread.
 */
export function trustOwnFiles(): void {
  const { trustedTypes } = window as unknown as { trustedTypes?: Policies }
  trustedTypes?.createPolicy('default', {
    createScriptURL(url) {
      if (new URL(url, location.href).origin === location.origin) return url
      throw new TypeError(`${url} is not a file of this app.`)
    },
  })
}
