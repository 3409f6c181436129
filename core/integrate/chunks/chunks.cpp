#include "core/integrate/chunks/chunks.hpp"

#include <algorithm>

#include "core/deliver/projection.hpp"
#include "core/kernels/kernels.hpp"

namespace saltus::detail {

namespace {

// x at each place in turn, four to a turn of the loop, which costs as much as an addition.
template <class Add>
void add_at(float* x, const std::uint16_t* places, std::size_t count, Add add) {
    const auto add_one = [&](std::size_t k) { x[places[k]] = x[places[k]] + add(k); };
    std::size_t k = 0;
    for (; k + 4 <= count; k += 4) {
        add_one(k);
        add_one(k + 1);
        add_one(k + 2);
        add_one(k + 3);
    }
    for (; k < count; ++k) {
        add_one(k);
    }
}

}  // namespace

void ChunkSource::begin(const CompiledProjection<float>& projection, std::uint32_t pitch) {
    projection_ = &projection;
    pitch_ = pitch;
    packets_.clear();
    rows_.clear();
    left_.clear();
    any_ = false;
    graded_ = false;
}

std::uint64_t ChunkSource::add(const Packet* packet) {
    const auto place = static_cast<std::uint32_t>(packets_.size()) * pitch_;
    packets_.push_back(packet);
    if (packet == nullptr) {
        return 0;
    }
    any_ = any_ || !packet->slots.empty();
    graded_ = graded_ || !packet->payloads.empty();
    if (projection_->kind == ConnectionKind::dense) {
        return fan_out_of(*projection_, *packet);
    }
    const std::uint32_t first = copied();
    std::uint32_t at = first;
    for (std::size_t k = 0; k < packet->slots.size(); ++k) {
        const std::uint64_t* const row = projection_->offsets + packet->slots[k];
        if (row[0] == row[1]) {
            continue;
        }
        fetch_row(row[0], row[1]);
        rows_.push_back({row[0], packet->payload(k)});
        const std::uint32_t next = at;
        at += static_cast<std::uint32_t>(row[1] - row[0]);
        left_.push_back({next, at, place});
    }
    return at - first;
}

// The beginning of a row on its way to the cache; the hardware follows a longer one.
void ChunkSource::fetch_row(std::uint64_t begin, std::uint64_t end) const {
    constexpr std::uint64_t k_fetched = 128;  // synapses
    const auto fetch = [&](const auto* of) {
        const std::uint64_t until = std::min(end, begin + k_fetched);
        for (std::uint64_t s = begin; s < until; s += 64 / sizeof *of) {
            __builtin_prefetch(of + s);
        }
    };
    if (projection_->sparse_targets16 != nullptr) {
        fetch(projection_->sparse_targets16);
    } else {
        fetch(projection_->sparse_targets);
    }
    if (!projection_->one_weight) {
        fetch(projection_->weights32);
    }
}

void ChunkSource::end() {
    if (projection_->kind == ConnectionKind::dense) {
        return;
    }
    if (projection_->sparse_targets16 != nullptr) {
        copy_rows(projection_->sparse_targets16);
    } else {
        copy_rows(projection_->sparse_targets);
    }
}

template <class Target>
void ChunkSource::copy_rows(const Target* targets) {
    const std::size_t room = std::size_t{copied()} + k_piece;
    std::uint16_t* const to = targets_.room_for(room);
    cut_places_.room_for(room);
    for (std::size_t k = 0; k < rows_.size(); ++k) {
        const Target* const row = targets + rows_[k].begin;
        std::copy(row, row + (left_[k].end - left_[k].next), to + left_[k].next);
    }
    std::fill_n(to + copied(), k_piece, std::uint16_t{0});
    adds_differ_ = !projection_->one_weight || graded_;
    if (!adds_differ_) {
        return;
    }
    float* const adds = adds_.room_for(room);
    cut_adds_.room_for(room);
    for (std::size_t k = 0; k < rows_.size(); ++k) {
        const std::uint32_t begin = left_[k].next;
        for (std::uint32_t s = begin; s < left_[k].end; ++s) {
            const std::uint64_t at = projection_->one_weight ? 0 : rows_[k].begin + (s - begin);
            adds[s] = projection_->weights32[at] * rows_[k].payload;
        }
    }
    std::fill_n(adds + copied(), k_piece, 0.0F);
}

void ChunkSource::rewind() {
    std::uint32_t at = 0;
    for (RowLeft& row : left_) {
        row.next = at;
        at = row.end;
    }
}

EnginePath ChunkSource::path() const {
    return projection_->kind == ConnectionKind::dense ? EnginePath::chunks_dense
           : projection_->one_weight                  ? EnginePath::chunks_one_weight
                                                      : EnginePath::chunks_weights;
}

void ChunkSource::add_to(const ChunkInput& input) {
    projection_->kind == ConnectionKind::dense ? add_dense(input) : add_cut(input);
}

void ChunkSource::add_dense(const ChunkInput& input) {
    for (std::size_t k = 0; k < packets_.size(); ++k) {
        if (const Packet* const packet = packets_[k]) {
            const Events events = {packet->slots.data(),
                                   packet->payloads.empty() ? nullptr : packet->payloads.data(),
                                   packet->slots.size()};
            kernels().add_rows(input.x + k * input.pitch,
                               input.size,
                               projection_->weights32 + input.first,
                               projection_->pitch,
                               events);
        }
    }
}

// The pieces of all rows are joined before any is added: their lengths cannot be foreseen, and a
// loop over each would stall at most of its ends.
void ChunkSource::add_cut(const ChunkInput& input) {
    const RowCut cut = {targets_.data(),
                        adds_differ_ ? adds_.data() : nullptr,
                        input.first,
                        input.first + input.size - 1};
    const std::uint16_t* const places = cut_places_.data();
    const std::size_t count =
        kernels().cut_rows(cut, left_.data(), left_.size(), cut_places_.data(), cut_adds_.data());
    if (adds_differ_) {
        const float* const adds = cut_adds_.data();
        add_at(input.x, places, count, [adds](std::size_t k) { return adds[k]; });
    } else {
        const float weight = *projection_->weights32;
        add_at(input.x, places, count, [weight](std::size_t) { return weight; });
    }
}

}  // namespace saltus::detail
