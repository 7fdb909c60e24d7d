import { randomUUID } from 'node:crypto';
import type { SandboxDialect } from '../dialect.ts';
import { renderStatus } from '../status-body.ts';
import { events } from './events.ts';
import { readSend, writeSend } from './send.ts';

/** The generation of the vendor's channel guide. */
export const dialect: SandboxDialect = {
  recipientField: 'phoneNumber',
  read: readSend,
  write: writeSend,
  assignIds(clientId) {
    const messageId = `msg_${randomUUID().replaceAll('-', '')}`;
    return { messageId, customerMessageId: clientId ?? messageId };
  },
  templateFields: () => ({ template: 'templateId', variables: 'variables' }),
  needsAllValues: true,
  outsideWindowMessage:
    'message is free-form and outside the 24-hour window: an approved templateId is required',
  templateIds: 'texts',
  ownPaths: ['/messages/status', '/webhooks/delivery-status'],
  status: {
    idParameters: ['customerMessageIds'],
    needsChannel: false,
    describeMissingParameter: (name) => `${name} is missing`,
    render: renderStatus,
  },
  shapes: { partner: events },
  defaultShape: 'partner',
};
