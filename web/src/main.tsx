import { CSPProvider } from '@base-ui/react/csp-provider'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { startI18n } from './i18n'
import { queryClient, router } from './router'
import { startPreferences } from './ui/preferences'
import { ToastRegion } from './ui/Toast'
import { TipProvider } from './ui/Tooltip'
import './ui/styles/index.css'

startPreferences()
await startI18n()

const root = document.getElementById('app')
if (!root) throw new Error('index.html has no #app')
createRoot(root).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queryClient}>
        <TipProvider>
          <RouterProvider router={router} />
          <ToastRegion />
        </TipProvider>
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
)
