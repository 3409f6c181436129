#include "models/interchange/nir/nir_export.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <variant>

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/interchange/nir/nir_expressible.hpp"
#include "models/interchange/nir/nir_file_writer.hpp"
#include "models/interchange/nir/weights_by_index.hpp"
#include "models/interchange/unnamed_file.hpp"

namespace saltus {

namespace {

using detail::conv_by_index;
using detail::dense_by_index;
using detail::NirFileWriter;
using detail::sparse_by_index;
using Extents = std::vector<std::uint64_t>;

Extents extents_of(const Shape& shape) {
    return {shape.dims.begin(), shape.dims.end()};
}

std::vector<double> each(const Parameter& parameter, std::uint64_t size) {
    std::vector<double> values(size);
    for (std::uint64_t k = 0; k < size; ++k) {
        values[k] = parameter.at(k);
    }
    return values;
}

bool all_of(const Parameter& parameter, double value) {
    return std::all_of(
        parameter.values.begin(), parameter.values.end(), [&](double one) { return one == value; });
}

class Exporter {
  public:
    Exporter(const LoadedModel& model, const NirExportOptions& options)
        : model_(model), options_(options), spec_(model.network_spec()) {
        result_.tick = options.tick > 0           ? options.tick
                       : model.tick_seconds() > 0 ? model.tick_seconds()
                                                  : 1e-4;
        if (options.tick == 0 && model.tick_seconds() == 0) {
            result_.notes.emplace_back(
                "the model states no length of a tick; time constants are made for 1e-4 s");
        }
    }

    void check() {
        const detail::NirWords words =
            detail::check_expressible(model_, spec_, options_.spiking_part);
        result_.dialect = words.dialect;
        result_.assumptions = words.assumptions;
        result_.notes.insert(result_.notes.end(), words.notes.begin(), words.notes.end());
        for (const PopulationSpec& population : spec_.populations) {
            names_.insert(population.name);
        }
    }

    NirExport write(NirFileWriter& file) {
        for (std::size_t p = 0; p < spec_.populations.size(); ++p) {
            write_population(file, p);
        }
        std::vector<bool> has_bias(spec_.populations.size());
        for (std::size_t j = 0; j < spec_.projections.size(); ++j) {
            write_projection(file, j, has_bias);
        }
        for (const ReadoutSpec& readout : spec_.readouts) {
            const PopulationSpec& population = spec_.populations[readout.population];
            const std::string name = fresh(readout.name);
            file.begin_node(name, "Output");
            file.integers("shape", whole(extents_of(population.shape)));
            file.edge(population.name, name);
        }
        file.finish();
        return std::move(result_);
    }

  private:
    static std::vector<std::int64_t> whole(const Extents& extents) {
        return {extents.begin(), extents.end()};
    }

    std::string fresh(const std::string& name) {
        std::string base = name;
        std::replace(base.begin(), base.end(), '/', '_');
        std::string free = base;
        for (int k = 2; !names_.insert(free).second; ++k) {
            free = fmt::format("{}_{}", base, k);
        }
        return free;
    }

    void write_population(NirFileWriter& file, std::size_t p) {
        const PopulationSpec& population = spec_.populations[p];
        const Extents shape = extents_of(population.shape);
        const std::uint64_t size = population.shape.size();
        if (std::holds_alternative<EncoderSpec>(population.kind)) {
            file.begin_node(population.name, "Input");
            file.integers("shape", whole(shape));
            return;
        }
        const auto& n = std::get<NeuronSpec>(population.kind);
        const ReceptorSpec& receptor = n.receptors.front();
        const bool current = !all_of(receptor.alpha, 0);
        const bool leaks = !all_of(n.beta, 1);
        const std::string plain = leaks ? "LI" : "I";
        const std::string firing = leaks ? "LIF" : "IF";
        file.begin_node(population.name, (current ? "Cuba" : "") + (n.fires ? firing : plain));
        std::vector<double> r(size);
        std::vector<double> tau(size);
        for (std::uint64_t k = 0; k < size; ++k) {
            const double lets_in = leaks ? 1 - n.beta.at(k) : 1;
            r[k] = receptor.gain.at(k) / lets_in;
            tau[k] = result_.tick / lets_in;
        }
        file.numbers("r", shape, r);
        if (leaks) {
            file.numbers(current ? "tau_mem" : "tau", shape, tau);
            file.numbers("v_leak", shape, each(n.v_rest, size));
        }
        if (current) {
            std::vector<double> tau_syn(size);
            std::vector<double> w_in(size);
            for (std::uint64_t k = 0; k < size; ++k) {
                tau_syn[k] = result_.tick / (1 - receptor.alpha.at(k));
                w_in[k] = 1 / (1 - receptor.alpha.at(k));
            }
            file.numbers("tau_syn", shape, tau_syn);
            file.numbers("w_in", shape, w_in);
        }
        if (n.fires) {
            file.numbers("v_threshold", shape, each(n.theta, size));
            file.numbers(
                "v_reset",
                shape,
                n.reset == Reset::subtract ? std::vector<double>(size) : each(n.v_reset, size));
        }
    }

    // A bias of the target, once: by the first of its projections with weights.
    std::vector<double> bias_for(const ProjectionSpec& projection, std::vector<bool>& has_bias) {
        const auto* neurons = std::get_if<NeuronSpec>(&spec_.populations[projection.target].kind);
        if (neurons == nullptr || has_bias[projection.target]) {
            return {};
        }
        has_bias[projection.target] = true;
        return neurons->receptors.front().bias;
    }

    void write_projection(NirFileWriter& file, std::size_t j, std::vector<bool>& has_bias) {
        const ProjectionSpec& projection = spec_.projections[j];
        const PopulationSpec& source = spec_.populations[projection.source];
        const PopulationSpec& target = spec_.populations[projection.target];
        std::string from = source.name;
        Shape seen = source.shape;
        const bool loop = projection.source == projection.target && projection.delay == 1;
        if (projection.delay > 0 && !loop) {
            const std::string name = fresh(source.name + "_delay");
            file.begin_node(name, "Delay");
            file.numbers("delay",
                         extents_of(seen),
                         std::vector<double>(seen.size(),
                                             static_cast<double>(projection.delay) * result_.tick));
            file.edge(std::exchange(from, name), name);
        }
        if (projection.pool) {
            const std::string name = fresh(source.name + "_pool");
            const std::int64_t k = projection.pool->k;
            const std::int64_t stride = projection.pool->stride == 0 ? k : projection.pool->stride;
            file.begin_node(
                name, projection.pool->kind == PoolSpec::Kind::average ? "AvgPool2d" : "SumPool2d");
            file.integers("kernel_size", {k, k});
            file.integers("stride", {stride, stride});
            file.integers("padding", {0, 0});
            file.edge(std::exchange(from, name), name);
            const auto pooled = [&](std::uint32_t extent) {
                return static_cast<std::uint32_t>((extent - k) / stride + 1);
            };
            seen = Shape{seen.channels(), pooled(seen.height()), pooled(seen.width())};
        }
        if (std::holds_alternative<Identity>(projection.connection)) {
            file.edge(from, target.name);
            return;
        }
        const std::string name = fresh(source.name + "_to_" + target.name);
        if (const auto* conv = std::get_if<Conv2d>(&projection.connection)) {
            write_conv(file, name, *conv, seen, target.shape, bias_for(projection, has_bias));
        } else {
            write_linear(
                file, name, projection, seen, target.shape, bias_for(projection, has_bias));
        }
        file.edge(from, name);
        file.edge(name, target.name);
    }

    void write_linear(NirFileWriter& file,
                      const std::string& name,
                      const ProjectionSpec& projection,
                      const Shape& seen,
                      const Shape& target,
                      const std::vector<double>& bias) {
        std::vector<float> weight;
        if (const auto* dense = std::get_if<Dense>(&projection.connection)) {
            weight = dense_by_index(dense->weights, seen, target);
        } else {
            weight = sparse_by_index(std::get<Sparse>(projection.connection), seen, target);
        }
        file.begin_node(name, bias.empty() ? "Linear" : "Affine");
        file.single_precision("weight", {target.size(), seen.size()}, weight);
        if (!bias.empty()) {
            file.numbers("bias", {target.size()}, bias);
        }
    }

    void write_conv(NirFileWriter& file,
                    const std::string& name,
                    const Conv2d& conv,
                    const Shape& seen,
                    const Shape& target,
                    const std::vector<double>& bias) {
        const std::uint64_t out = target.channels();
        const std::uint64_t plane = target.size() / out;
        std::vector<double> by_channel(out);
        for (std::uint64_t k = 0; k < bias.size(); ++k) {
            by_channel[k / plane] = bias[k];
            if (bias[k] != bias[k / plane * plane]) {
                throw ModelError(model_.origin() + ": " + name,
                                 "a bias that differs within a channel",
                                 "one a channel");
            }
        }
        file.begin_node(name, "Conv2d");
        file.single_precision("weight",
                              {out, seen.channels() / conv.groups, conv.kernel[0], conv.kernel[1]},
                              conv_by_index(conv, seen.channels(), out));
        file.numbers("bias", {out}, by_channel);
        file.integers("stride", {conv.stride[0], conv.stride[1]});
        file.integers("padding", {conv.padding[0], conv.padding[1]});
        file.integers("dilation", {conv.dilation[0], conv.dilation[1]});
        file.integer("groups", conv.groups);
        file.integers("input_shape", {seen.height(), seen.width()});
    }

    const LoadedModel& model_;
    const NirExportOptions& options_;
    const NetworkSpec spec_;
    NirExport result_;
    std::set<std::string> names_;
};

}  // namespace

NirExport export_nir(const LoadedModel& model,
                     const std::filesystem::path& path,
                     const NirExportOptions& options) {
    Exporter exporter(model, options);
    exporter.check();
    AtomicFile file(path);
    detail::UnnamedFile work(path);
    NirExport result;
    {
        NirFileWriter hdf5(work.path(), path.string());
        work.drop_name();
        result = exporter.write(hdf5);
    }
    work.copy_to(file);
    file.commit();
    return result;
}

}  // namespace saltus
