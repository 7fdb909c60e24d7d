import { connect, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, checkServerIdentity, connect as connectTls } from 'node:tls';
import { Failure, fail } from '../../errors.ts';

/** Certificates of a connection with TLS, as PEM. */
export interface TlsFiles {
  /** Certificates that the server's is verified with; undefined for those that Node trusts. */
  ca?: string;
  cert?: string;
  key?: string;
}

/** How to open a connection. */
export interface SocketPlan {
  /** Server, for messages. */
  server: string;
  address: { path: string } | { host: string; port: number };
  tls?: TlsFiles & {
    /** Name of the server in its certificate. */
    host: string;
    /** False to go on without TLS if the server has none. */
    isRequired: boolean;
    /** Verify nothing, the chain of certificates, or also the name of the host. */
    verify: 'nothing' | 'chain' | 'host';
  };
  /** Milliseconds until the connection is given up. */
  timeoutMs: number | undefined;
}

/** Asks for TLS: the length of the message and a code. */
const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/**
 * Opens a connection that is ready for the start-up message, without Nagle's delay.
 * @throws Failure `ledger.tls` of kind `setup` if the server has no TLS or the wrong certificate; errors of the network
 *   in plain words, and `ETIMEDOUT`
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
 */
export async function openSocket(plan: SocketPlan): Promise<Socket> {
  const socket = connect({ ...plan.address, noDelay: true });
  const { timeoutMs, server } = plan;
  const deadline =
    timeoutMs &&
    setTimeout(() => {
      const cause = new Error(`no connection to ${server} within ${timeoutMs / 1000} s`);
      socket.destroy(Object.assign(cause, { code: 'ETIMEDOUT' }));
    }, timeoutMs);
  try {
    await waitFor(socket, 'connect', server);
    return plan.tls ? await encrypt(socket, server, plan.tls) : socket;
  } catch (cause) {
    socket.destroy();
    throw describe(cause, server);
  } finally {
    clearTimeout(deadline);
  }
}

async function encrypt(socket: Socket, server: string, tls: NonNullable<SocketPlan['tls']>): Promise<Socket> {
  socket.write(sslRequest);
  const answer = String(await waitFor(socket, 'data', server));
  if (answer === 'N' && !tls.isRequired) return socket;
  if (answer === 'N')
    fail(
      'setup',
      'ledger.tls',
      `${server} does not offer TLS`,
      'switch it on there (ssl = on); sslmode=disable goes without',
    );
  // More than one byte would be text that somebody on the way has put in front of the encrypted text (CVE-2021-23222).
  if (answer !== 'S') fail('setup', 'ledger.tls', `${server} does not answer like PostgreSQL`);
  const options: ConnectionOptions = {
    socket,
    ca: tls.ca,
    cert: tls.cert,
    key: tls.key,
    // An address is no name to ask for (RFC 6066, section 3).
    servername: isIP(tls.host) ? '' : tls.host,
    rejectUnauthorized: tls.verify !== 'nothing',
    checkServerIdentity: (_, certificate) =>
      tls.verify === 'host' ? checkServerIdentity(tls.host, certificate) : undefined,
  };
  try {
    const encrypted = connectTls(options);
    // From here on the encrypted socket reports the errors of the other.
    socket.on('error', (cause) => encrypted.destroy(cause));
    await waitFor(encrypted, 'secureConnect', server);
    return encrypted;
  } catch (cause) {
    throw explain(cause, server);
  }
}

/** Waits for an event and returns its first argument. @throws the error of the socket, or `ECONNRESET` when it closes */
function waitFor(socket: Socket, event: string, server: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onClose = () => {
      const cause = new Error(`${server} closed the connection`);
      reject(Object.assign(cause, { code: 'ECONNRESET' }));
    };
    socket.once('error', reject).once('close', onClose);
    socket.once(event, (value: unknown) => {
      socket.off('error', reject).off('close', onClose);
      resolve(value);
    });
  });
}

/** Describes an error of the network in plain words; it keeps its code and its system call. */
function describe(cause: unknown, server: string): unknown {
  if (!(cause instanceof Error)) return cause;
  const { code = '', hostname = server } = cause as NodeJS.ErrnoException & { hostname?: string };
  const words: Record<string, string> = {
    ECONNREFUSED: `connection refused by ${server}`,
    ECONNRESET: `${server} closed the connection`,
    EHOSTUNREACH: `cannot reach ${server}`,
    ENETUNREACH: `cannot reach ${server}`,
    ENOENT: `no server at ${server}`,
    ENOTFOUND: `no host ${hostname}`,
    EAI_AGAIN: `no host ${hostname} (no name server responds)`,
    ETIMEDOUT: `no connection to ${server} in time`,
  };
  const { syscall = 'connect' } = cause as NodeJS.ErrnoException;
  // Node reports several addresses of one host together, without a system call.
  const isFromSystem = 'syscall' in cause || cause instanceof AggregateError;
  const text = isFromSystem && Object.hasOwn(words, code) ? words[code] : undefined;
  return text === undefined ? cause : Object.assign(new Error(text, { cause }), { code, syscall });
}

/** Explains an error of the handshake; leaves those of the network alone. */
function explain(cause: unknown, server: string): unknown {
  if (!(cause instanceof Error)) return cause;
  const { code = '' } = cause as NodeJS.ErrnoException;
  if (/^E[A-Z]+$/.test(code)) return cause;
  const isName = code === 'ERR_TLS_CERT_ALTNAME_INVALID';
  return new Failure(
    'setup',
    'ledger.tls',
    isName
      ? `the certificate of ${server} is for another host`
      : `the TLS connection to ${server} failed: ${cause.message}`,
    isName
      ? 'use a host name that is in the certificate'
      : 'sslrootcert=FILE names the certificates to verify the server with',
    cause,
  );
}
