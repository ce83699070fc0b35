import { mount } from 'svelte'
import App from './App.svelte'
import { connectBridge } from './bridge'
import { getLocale } from './messages/generated/runtime.js'
import { App as AppState } from './state/app.svelte'
import { trustOwnFiles } from './trustedFiles'
import './style/theme.css'
import './style/base.css'
import './style/controls.css'
import './style/dialog.css'
import './style/history.css'

document.documentElement.lang = getLocale()
trustOwnFiles()
const app = new AppState(await connectBridge())
mount(App, { target: document.getElementById('app')!, props: { app } })
app.attempt(() => app.start())
