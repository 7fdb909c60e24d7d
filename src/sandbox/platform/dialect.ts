import { randomUUID } from 'node:crypto';
import type { SandboxDialect } from '../dialect.ts';
import { events } from './events.ts';
import { guideEvents } from './guide-events.ts';
import { readSend, writeSend } from './send.ts';
import { renderChannelStatus } from './status.ts';

/** The generation of the vendor's platform: its reference and guides. */
export const dialect: SandboxDialect = {
  recipientField: 'destination',
  read: readSend,
  write: writeSend,
  // A message has one id. The client's is taken as it is, also a second time.
  assignIds(clientId) {
    const id = clientId ?? randomUUID();
    return { messageId: id, customerMessageId: id };
  },
  templateFields: (channel) => ({
    template: channel === 'whatsapp' ? 'template' : 'templateId',
    variables: 'placeholders',
  }),
  // Documented for RCS (`documentation/rcs`); for WhatsApp, the vendor's examples give no value at all (UC-005).
  needsAllValues: false,
  outsideWindowMessage: null,
  templateIds: 'numbers',
  ownPaths: ['/partner-gateway/v1', '/v1/partner-gateway', '/message-server/whatsapp/phone-numbers'],
  status: {
    idParameters: ['ids'],
    needsChannel: true,
    describeMissingParameter: (name) => `Required request parameter '${name}' is not present`,
    render: renderChannelStatus,
  },
  shapes: { platform: events, guide: guideEvents },
  defaultShape: 'platform',
};
