// Loaded with --import into a program started by foreground(..., { apart: true }): when the launcher is gone without a
// word (killed, not signalled), the program interrupts itself as Ctrl-C would and can still finish cleanly.
process.once('disconnect', () => process.kill(process.pid, 'SIGINT'));
process.channel?.unref();
