#include "models/trace/spike_blocks.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "core/error.hpp"

namespace saltus {

namespace {

static_assert(std::endian::native == std::endian::little, "masks are read eight at a time");

constexpr std::size_t k_group = 64;                // neurons a bit of touched_ stands for
constexpr std::size_t k_group_words = k_group / 8;  // of masks_

// Bits of a byte: a look into a table, where the processor's own instruction cannot be counted on.
constexpr std::array<std::uint8_t, 256> k_bits = [] {
    std::array<std::uint8_t, 256> bits = {};
    for (std::size_t byte = 1; byte < bits.size(); ++byte) {
        bits[byte] = static_cast<std::uint8_t>(bits[byte / 2] + byte % 2);
    }
    return bits;
}();

template <class T>
void append_all(std::vector<T>& to, const std::vector<T>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

void SpikeBlocks::clear() {
    blocks.clear();
    gaps.clear();
    rests.clear();
    masks.clear();
    payloads.clear();
    spikes = 0;
}

void SpikeBlocks::append(const SpikeBlocks& more) {
    append_all(blocks, more.blocks);
    append_all(gaps, more.gaps);
    append_all(rests, more.rests);
    append_all(masks, more.masks);
    append_all(payloads, more.payloads);
    spikes += more.spikes;
}

void BlockEncoder::add_to_block(const Packet& packet) {
    if (masks_.empty()) {
        const std::size_t groups = (neurons_ + k_group - 1) / k_group;
        masks_.resize(groups * k_group_words);
        touched_.resize((groups + 63) / 64);
    }
    auto* const masks = reinterpret_cast<std::uint8_t*>(masks_.data());
    const auto bit = static_cast<std::uint8_t>(1U << (packet.tick % k_block_ticks));
    std::size_t last = std::numeric_limits<std::size_t>::max();
    for (const Slot slot : packet.slots) {
        masks[slot] = static_cast<std::uint8_t>(masks[slot] | bit);
        const std::size_t group = slot / k_group;
        if (group != last) {
            touched_[group / 64] |= std::uint64_t{1} << (group % 64);
            last = group;
        }
    }
    if (!packet.payloads.empty() || !payloads_.empty()) {
        payloads_.resize(spikes_, 1.0F);  // of the packets without any
        append_all(payloads_, packet.payloads);
        payloads_.resize(spikes_ + packet.slots.size(), 1.0F);
    }
    spikes_ += packet.slots.size();
}

// Neurons of one group, in ascending slots.
void BlockEncoder::put_group(std::size_t group, Place& at, SpikeBlocks& out) {
    for (std::size_t w = group * k_group_words; w < (group + 1) * k_group_words; ++w) {
        std::uint64_t word = masks_[w];
        if (word == 0) {
            continue;
        }
        masks_[w] = 0;
        // A bit for each byte that is not 0.
        constexpr std::uint64_t k_low = 0x7F7F7F7F7F7F7F7FULL;
        std::uint64_t any = (((word & k_low) + k_low) | word) & ~k_low;
        for (; any != 0; any &= any - 1) {
            const auto byte = static_cast<unsigned>(std::countr_zero(any)) / 8;
            const auto slot = static_cast<Slot>(w * 8 + byte);
            const Slot gap = slot - at.next;
            at.next = slot + 1;
            *at.mask++ = static_cast<std::uint8_t>(word >> (8 * byte));
            *at.gap++ = static_cast<std::uint8_t>(gap < 0x80 ? gap : gap | 0x80);
            if (gap >= 0x80) {
                put_varint(out.rests, gap >> 7);
            }
        }
    }
}

void BlockEncoder::close(SpikeBlocks& out) {
    if (block_ < 0) {
        return;
    }
    const std::size_t before = out.masks.size();
    out.masks.resize(before + spikes_);  // a neuron a spike at most
    out.gaps.resize(before + spikes_);
    Place place{0, out.gaps.data() + before, out.masks.data() + before};
    for (std::size_t w = 0; w < touched_.size(); ++w) {
        for (std::uint64_t groups = std::exchange(touched_[w], 0); groups != 0;
             groups &= groups - 1) {
            put_group(w * 64 + static_cast<std::size_t>(std::countr_zero(groups)), place, out);
        }
    }
    out.masks.resize(static_cast<std::size_t>(place.mask - out.masks.data()));
    out.gaps.resize(out.masks.size());
    const bool graded =
        std::any_of(payloads_.begin(), payloads_.end(), [](float p) { return p != 1.0F; });
    const std::uint64_t neurons = out.masks.size() - before;
    if (neurons > k_most_block_neurons) {
        throw Error(fmt::format("a trace: got {} neurons of a population that fire within 8 ticks, "
                                "need at most {}",
                                neurons,
                                k_most_block_neurons));
    }
    if (graded) {
        append_all(out.payloads, payloads_);
    }
    out.blocks.push_back({block_, neurons, graded});
    out.spikes += spikes_;
    payloads_.clear();
    spikes_ = 0;
    block_ = -1;
}

// A run that broke off leaves marks of its last block.
void BlockEncoder::reset() {
    if (block_ >= 0) {
        std::fill(masks_.begin(), masks_.end(), 0);
        std::fill(touched_.begin(), touched_.end(), 0);
    }
    payloads_.clear();
    spikes_ = 0;
    block_ = -1;
}

void SpikeCounter::add(const Packet& packet) {
    counts_.resize(neurons_);
    for (const Slot slot : packet.slots) {
        ++counts_[slot];
    }
}

void SpikeCounter::take(std::vector<std::pair<Slot, std::uint64_t>>& out) {
    out.clear();
    for (std::size_t slot = 0; slot < counts_.size(); ++slot) {
        if (counts_[slot] != 0) {
            out.emplace_back(static_cast<Slot>(slot), std::exchange(counts_[slot], 0));
        }
    }
}

void SpikeColumns::clear() {
    for (Bytes* bytes : {&blocks, &steps, &counts, &gaps, &rests, &payloads}) {
        bytes->clear();
    }
    for (Bytes& bytes : masks) {
        bytes.clear();
    }
}

namespace {

// Each mask to the column that its neuron's last mask says.
void put_masks(const SpikeBlocks& part, LastMasks& last, SpikeColumns& out) {
    const std::string name = "rests";  // of our own making: they do not end too early
    ColumnCursor rests(part.rests, name);
    const std::size_t n = part.masks.size();
    std::array<std::uint8_t*, k_block_ticks + 1> at = {};
    for (std::size_t c = 0; c < at.size(); ++c) {
        const std::size_t before = out.masks[c].size();
        out.masks[c].resize(before + n);
        at[c] = out.masks[c].data() + before;
    }
    std::size_t k = 0;
    for (const SpikeBlock& block : part.blocks) {
        std::uint64_t next = 0;
        for (const std::size_t end = k + block.neurons; k < end; ++k) {
            const std::uint8_t gap = part.gaps[k];
            next += gap < 0x80 ? gap : (gap & 0x7FU) | rests.varint() << 7;
            const std::uint8_t mask = part.masks[k];
            std::uint8_t& known = last.of(static_cast<Slot>(next++));
            *at[k_bits[known]]++ = mask;
            known = mask;
        }
    }
    for (std::size_t c = 0; c < at.size(); ++c) {
        out.masks[c].resize(static_cast<std::size_t>(at[c] - out.masks[c].data()));
    }
    last.end_part();
}

}  // namespace

void put_blocks(const SpikeBlocks& part, Tick from, LastMasks& last, SpikeColumns& out) {
    put_varint(out.blocks, part.blocks.size());
    std::int64_t before = from / k_block_ticks;
    for (const SpikeBlock& block : part.blocks) {
        put_varint(out.steps, static_cast<std::uint64_t>(block.number - before));
        put_varint(out.counts, 2 * block.neurons + (block.payloads ? 1 : 0));
        before = block.number;
    }
    append_all(out.gaps, part.gaps);
    append_all(out.rests, part.rests);
    put_masks(part, last, out);
}

BlockDecoder::BlockDecoder(const SpikeColumns& columns,
                           std::uint64_t neurons,
                           const std::string& name)
    : names_{name + ".blocks",
             name + ".steps",
             name + ".counts",
             name + ".gaps",
             name + ".rests",
             name + ".masks",
             name + ".payloads"},
      neurons_(neurons),
      blocks_(columns.blocks, names_[0]),
      steps_(columns.steps, names_[1]),
      counts_(columns.counts, names_[2]),
      gaps_(columns.gaps, names_[3]),
      rests_(columns.rests, names_[4]) {
    for (std::size_t k = 0; k < masks_.size(); ++k) {
        masks_[k] = ColumnCursor(columns.masks[k], names_[5]);
    }
    if (columns.payloads.size() % 4 != 0) {
        throw InputError(
            names_[6], fmt::format("{} bytes", columns.payloads.size()), "4 a number");
    }
    take_floats(columns.payloads, payloads_);
    if (!std::all_of(payloads_.begin(), payloads_.end(), [](float p) { return std::isfinite(p); })) {
        throw InputError(names_[6], "a number that is not finite", "finite ones");
    }
}

void BlockDecoder::read_neurons(std::uint64_t neurons) {
    const std::span<const std::uint8_t> gaps = gaps_.take(neurons);
    slots_.resize(neurons);
    block_masks_.resize(neurons);
    std::uint64_t next = 0;
    for (std::size_t k = 0; k < neurons; ++k) {
        std::uint64_t gap = gaps[k];
        if (gap >= 0x80) {
            const std::uint64_t rest = rests_.varint();
            if (rest > neurons_) {
                next = neurons_;  // refused below
            }
            gap = (gap & 0x7F) | (rest > neurons_ ? 0 : rest << 7);
        }
        next += gap;
        if (next >= neurons_) {
            throw InputError(names_[3],
                             fmt::format("a slot of {} or more", next),
                             fmt::format("slots below {}", neurons_));
        }
        slots_[k] = static_cast<Slot>(next++);
    }
    for (std::size_t k = 0; k < neurons; ++k) {
        std::uint8_t& last = last_.of(slots_[k]);
        last = masks_[k_bits[last]].byte();
        block_masks_[k] = last;
    }
}

// The packets of a block whose neurons have been read.
void BlockDecoder::take_ticks(
    Tick first, Tick from, Tick until, bool payloads, StreamTrace& out) {
    const std::size_t n = slots_.size();
    unsigned any = 0;
    std::uint64_t zeros = 0;
    std::uint64_t spikes = 0;
    for (const std::uint8_t mask : block_masks_) {
        any |= mask;
        zeros += mask == 0 ? 1 : 0;
        spikes += k_bits[mask];
    }
    const Tick last = first + (any == 0 ? 0 : std::bit_width(any) - 1);
    if (zeros != 0 || last >= until || first + std::countr_zero(any) < from) {
        throw InputError(
            names_[5],
            zeros != 0 ? "a neuron without a spike" : fmt::format("ticks {} to {}", first, last),
            fmt::format("spikes at ticks from {} on, before {}", from, until));
    }
    if (payloads && spikes > payloads_.size() - payloads_read_) {
        throw InputError(names_[6], fmt::format("{} numbers", payloads_.size()), "more");
    }
    if (payloads) {
        out.payloads.resize(out.slots.size(), 1.0F);
        const auto begin = payloads_.begin() + static_cast<std::ptrdiff_t>(payloads_read_);
        out.payloads.insert(out.payloads.end(), begin, begin + static_cast<std::ptrdiff_t>(spikes));
        payloads_read_ += spikes;
    }
    std::size_t at = out.slots.size();
    out.slots.resize(at + spikes + 1);  // one more: a slot that is not fired is written, and over
    for (; any != 0; any &= any - 1) {
        const int bit = std::countr_zero(any);
        const std::size_t before = at;
        Slot* const to = out.slots.data();
        for (std::size_t k = 0; k < n; ++k) {
            to[at] = slots_[k];
            at += block_masks_[k] >> bit & 1U;
        }
        out.ticks.push_back(first + bit);
        out.spikes.push_back(static_cast<std::uint32_t>(at - before));
    }
    out.slots.resize(at);
    if (!payloads && !out.payloads.empty()) {
        out.payloads.resize(at, 1.0F);
    }
}

void BlockDecoder::next(Tick from, Tick until, StreamTrace& out) {
    const std::uint64_t blocks = blocks_.varint();
    std::int64_t number = from / k_block_ticks;
    for (std::uint64_t b = 0; b < blocks; ++b) {
        const std::uint64_t step = steps_.varint();
        if ((b > 0 && step == 0) || step > static_cast<std::uint64_t>((until - 1) / k_block_ticks - number)) {
            throw InputError(names_[1],
                             fmt::format("{} after block {}", step, number),
                             fmt::format("ascending blocks before tick {}", until));
        }
        number += static_cast<std::int64_t>(step);
        const std::uint64_t count = counts_.varint();
        const std::uint64_t neurons = count / 2;
        if (neurons == 0 || neurons > std::min(neurons_, k_most_block_neurons)) {
            throw InputError(names_[2],
                             fmt::format("{} neurons in block {}", neurons, number),
                             fmt::format("1 to {}", std::min(neurons_, k_most_block_neurons)));
        }
        read_neurons(neurons);
        take_ticks(number * k_block_ticks, from, until, (count & 1) != 0, out);
    }
    last_.end_part();
}

void BlockDecoder::end() const {
    for (const ColumnCursor* column : {&blocks_, &steps_, &counts_, &gaps_, &rests_}) {
        column->end();
    }
    for (const ColumnCursor& column : masks_) {
        column.end();
    }
    if (payloads_read_ != payloads_.size()) {
        throw InputError(names_[6],
                         fmt::format("{} numbers", payloads_.size()),
                         fmt::format("{}", payloads_read_));
    }
}

}  // namespace saltus
