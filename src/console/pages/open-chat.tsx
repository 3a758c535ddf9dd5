import { useState } from 'react';
import { useLocation } from 'wouter';
import { get } from '../api.ts';
import { t } from '../texts.ts';
import type { WholeView } from '../types.ts';

/** Goes to the chat that a message or call is in; which one it is, is asked when it is wanted. */
export function OpenChat({ id, label }: { id: string; label: string }) {
  const [, go] = useLocation();
  const [problem, setProblem] = useState<string>();
  const open = () =>
    get<WholeView>(`/api/interactions/${id}`).then(
      ({ conversation }) => go(`/conversations/${conversation}`),
      () => setProblem(t.missing.noChat),
    );
  if (problem !== undefined) return <span>{problem}</span>;
  return (
    <button type="button" className="choose" onClick={() => void open()}>
      {label}
    </button>
  );
}
