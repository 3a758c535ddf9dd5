/**
 * Ends the process on an error that nobody caught, as Node does, but in words that `tell` writes: Node itself prints the
 * whole error, and those of HTTP clients hold requests with their tokens. Nothing is tidied up: everything can be killed at
 * any instant, and what this process is in is not known any more. Diagnostic reports, where somebody asks Node for them, are
 * made without the environment, or not at all where Node cannot leave it out (before 22.13).
 */
export function endOnCrash(tell: (error: unknown) => void): void {
  process.on('uncaughtException', (error) => {
    try {
      tell(error);
    } finally {
      process.exit(1);
    }
  });
  const { report } = process as { report?: ReportSettings };
  if (report === undefined) return;
  if ('excludeEnv' in report) report.excludeEnv = true;
  else Object.assign(report, { reportOnFatalError: false, reportOnSignal: false });
}

interface ReportSettings {
  excludeEnv?: boolean;
}
