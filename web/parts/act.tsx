/** Acting: one act at a time, what came of it announced, and how to get the right to act. */
import type { ComponentChildren } from 'preact'
import { useRef, useState } from 'preact/hooks'
import type { InputOf, Operation } from '../../api/operation.ts'
import { useFrame } from '../context.tsx'
import type { Trouble } from '../trouble.ts'

export interface Acting {
  readonly busy: boolean
  readonly said?: string
  readonly trouble?: Trouble
  /** Resolves to whether it was done. While one act is on its way, another is not begun. */
  readonly act: <Asking extends Operation>(operation: Asking, input: InputOf<Asking>, said: string) => Promise<boolean>
}

/** `done` is called after each act that succeeded. */
export function useActing(done: () => void): Acting {
  const { api } = useFrame()
  const running = useRef(false)
  const [state, setState] = useState<Omit<Acting, 'act'>>({ busy: false })
  return {
    ...state,
    act: async (operation, input, said) => {
      if (running.current) return false
      running.current = true
      setState({ busy: true })
      const reply = await api.ask(operation, input)
      running.current = false
      setState(reply.ok ? { busy: false, said } : { busy: false, trouble: reply.trouble })
      if (reply.ok) done()
      return reply.ok
    },
  }
}

/** What came of the last act. Always there, so that it is read aloud. */
export function ActState({ of: { busy, said, trouble } }: { of: Acting }) {
  return (
    <>
      <p role="status" class={said === undefined ? 'visually-hidden' : 'act-said'}>
        {busy ? 'Working …' : (said ?? '')}
      </p>
      {trouble !== undefined && (
        <p role="alert" class="act-trouble">
          {trouble.sentence}
        </p>
      )}
    </>
  )
}

/** Nobody may act who has not shown the token; where nobody says so, the API will. */
export function useMayAct(): boolean {
  return useFrame().session?.mayAct !== false
}

/** Its children for who may act. */
export function Allowed({ children }: { children: ComponentChildren }) {
  return useMayAct() ? <>{children}</> : null
}

/** For who may not act: how to get there. */
export function HowToAct() {
  const { session } = useFrame()
  if (session?.mayAct !== false) return null
  const command = session.mode === 'ui' ? 'keepwatch ui' : 'npm start'
  return (
    <p class="notice">
      Here you can look, not act. To act, open the link that was printed where <code>{command}</code> was started: it
      looks like <code>{location.origin}/#token=…</code>.
    </p>
  )
}
