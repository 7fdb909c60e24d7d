import { toPersonKey } from './person.ts';
import {
  type Country,
  loadNumberingPlans,
  type ReadInboundNumber,
  readGatewayPhone,
  readInboundNumber,
} from './phone.ts';

/**
 * Returns the reader for the numbers of inbound messages. Gateways should write them with the country code, but some
 * write the originator of an SMS as a national number: that takes `country`. If both readings are valid, it is the
 * international one, unless only the other may be a mobile phone.
 */
export async function openInboundReader(country: Country | undefined): Promise<ReadInboundNumber> {
  if (country === undefined) return readInboundNumber;
  const { parsePhoneNumberFromString } = await loadNumberingPlans();
  const parse = (text: string) => {
    const parsed = parsePhoneNumberFromString(text, { defaultCountry: country, extract: false });
    return parsed?.isValid() ? parsed : undefined;
  };
  const isMobile = (parsed: ReturnType<typeof parse>) =>
    parsed !== undefined && parsed.getType() !== 'FIXED_LINE';
  return (text) => {
    const number = readGatewayPhone(text);
    // A name, or a number with its country code.
    if (!/^\s*(?!00)[\d(][\d\s().-]{5,}$/.test(text)) return number ?? text;
    const national = parse(text);
    const international = number && parse(toPersonKey(number));
    const isNational = international === undefined || (isMobile(national) && !isMobile(international));
    return (isNational && national && (national.number as string)) || (number ?? text);
  };
}
